import type { Environment, EnvironmentSignal } from '../connection/environment.ts'

/** The browser's own signals; outside a browser it is always online and says nothing. */
export const browserEnvironment: Environment = {
  online: () => typeof navigator === 'undefined' || navigator.onLine !== false,
  subscribe(listener) {
    if (typeof window === 'undefined' || typeof document === 'undefined') return () => {}
    const controller = new AbortController()
    const { signal } = controller
    const tell = (what: EnvironmentSignal) => (): void => listener(what)
    window.addEventListener('online', tell('online'), { signal })
    window.addEventListener('offline', tell('offline'), { signal })
    window.addEventListener('pageshow', tell('visible'), { signal })
    window.addEventListener('pagehide', tell('hidden'), { signal })
    document.addEventListener('visibilitychange', () => listener(document.visibilityState === 'visible' ? 'visible' : 'hidden'), { signal })
    return () => controller.abort()
  },
}
