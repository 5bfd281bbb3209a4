import { AppShell, Drawer } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { Icon } from '../components/icon.tsx'
import { PresenceAvatars } from '../components/presence-avatars.tsx'
import { placeAt } from '../places.ts'
import { MillSwitcher } from './mill-switcher.tsx'
import { useNavLinks } from './nav-links.ts'

/** A phone's way around: the views that are needed most, the others behind "More". */
export function BottomBar(): ReactNode {
  const [location] = useLocation()
  const [opened, { open, close }] = useDisclosure(false)
  const here = placeAt(location)
  const links = useNavLinks()
  return (
    <>
      <AppShell.Footer className="shell-bar" component="nav" aria-label="Views on a phone">
        {links
          .filter(({ first }) => first)
          .map(({ path, name, icon }) => (
            <Link key={path} href={path} className="shell-tab" aria-current={here?.path === path ? 'page' : undefined}>
              <Icon name={icon} size={22} />
              {name}
            </Link>
          ))}
        <button type="button" className="shell-tab" onClick={open} aria-current={here !== undefined && !here.first ? 'page' : undefined}>
          <Icon name="more" size={22} />
          More
        </button>
      </AppShell.Footer>
      <Drawer opened={opened} onClose={close} position="bottom" size="auto" title="More" closeButtonProps={{ 'aria-label': 'Close' }}>
        <MillSwitcher />
        <div className="shell-links">
          {links
            .filter(({ first }) => !first)
            .map(({ path, name, icon }) => (
              <Link key={path} href={path} className="shell-link" onClick={close} aria-current={here?.path === path ? 'page' : undefined}>
                <Icon name={icon} />
                {name}
              </Link>
            ))}
        </div>
        <div style={{ marginTop: 16 }}>
          <PresenceAvatars />
        </div>
      </Drawer>
    </>
  )
}
