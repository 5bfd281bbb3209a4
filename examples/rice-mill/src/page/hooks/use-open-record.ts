import { createContext, use, useEffect } from 'react'

/** Tells the shell which record is open, so that the others see who has it before them. */
export const OpenRecordContext = createContext<(label: string | null) => void>(() => {})

/** `label` such as `#12`: shown to the others while the component is there. */
export function useOpenRecord(label: string | null): void {
  const show = use(OpenRecordContext)
  useEffect(() => {
    show(label)
    return () => show(null)
  }, [show, label])
}
