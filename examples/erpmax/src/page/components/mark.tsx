import type { ReactNode } from 'react'

/** ERPMax's sign: three layers, the last of them open. */
export function Mark({ size = 32 }: { readonly size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" fill="#4338ca" />
      <path d="M16 7 25 11.5 16 16 7 11.5Z" fill="#fff" />
      <path d="M7 16.2 16 20.7 25 16.2M7 20.8 16 25.3 25 20.8" fill="none" stroke="#a5b4fc" strokeWidth="2.2" strokeLinejoin="round" />
    </svg>
  )
}
