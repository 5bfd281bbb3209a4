import { useDisclosure } from '@mantine/hooks'
import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { placeAt, places } from '../places.ts'
import { useMe } from '../session/use-session.ts'

/** `g` is waited for so long. */
const sequenceMs = 1_200

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

/** The page from the keyboard: `g` and a letter goes somewhere, `n` enters something, `/` searches, `?` helps. */
export function useShortcuts() {
  const [location, goTo] = useLocation()
  const [helpOpened, { open: openHelp, close: closeHelp }] = useDisclosure(false)
  const { role } = useMe()
  const goingSince = useRef(0)

  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return
      // A dialog has the keyboard to itself.
      if (document.querySelector('[aria-modal="true"]') !== null) return
      const going = Date.now() - goingSince.current < sequenceMs
      goingSince.current = 0
      if (going) {
        const place = places.find(({ key }) => key === event.key)
        if (place === undefined || ('superAdminOnly' in place && role !== 'SUPER_ADMIN')) return
        event.preventDefault()
        goTo(place.path)
        return
      }
      switch (event.key) {
        case 'g':
          goingSince.current = Date.now()
          return
        case 'n': {
          const place = placeAt(location)
          event.preventDefault()
          goTo(`${place?.entry ? place.path : '/purchases'}/new`)
          return
        }
        case '/': {
          event.preventDefault()
          const search = document.querySelector<HTMLElement>('[data-search]')
          if (search === null) goTo('/purchases')
          else search.focus()
          return
        }
        case '?':
          event.preventDefault()
          openHelp()
      }
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [location, goTo, openHelp, role])

  return { helpOpened, openHelp, closeHelp }
}
