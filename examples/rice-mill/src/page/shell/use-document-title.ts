import { useNotifications } from '@millrace/react'
import { useEffect } from 'react'

/** The window's title, with the number of unread notifications before it. */
export function useDocumentTitle(title: string): void {
  const { unread } = useNotifications()
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${title}` : title
  }, [title, unread])
}
