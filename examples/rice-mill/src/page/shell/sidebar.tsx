import { ActionIcon, AppShell, Badge, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { Icon } from '../components/icon.tsx'
import { Mark } from '../components/mark.tsx'
import { placeAt } from '../places.ts'
import { MillSwitcher } from './mill-switcher.tsx'
import { useNavLinks } from './nav-links.ts'

export function Sidebar({ onHelp }: { readonly onHelp: () => void }): ReactNode {
  const [location] = useLocation()
  const here = placeAt(location)
  return (
    <AppShell.Navbar className="shell-nav" aria-label="Views">
      <div className="shell-brand">
        <Mark size={30} />
        Rice mill
      </div>
      <MillSwitcher />
      <div className="shell-links">
        {useNavLinks().map(({ path, name, icon, count, key }) => (
          <Link
            key={path}
            href={path}
            className="shell-link"
            aria-current={here?.path === path ? 'page' : undefined}
            aria-keyshortcuts={`g ${key}`}
          >
            <Icon name={icon} />
            {name}
            {count > 0 && (
              <Badge className="shell-link-count" size="sm" color="orange" circle aria-label={`${count} below the minimum`}>
                {count}
              </Badge>
            )}
          </Link>
        ))}
      </div>
      <div className="shell-foot">
        <span>
          Live by <b>Millrace</b>
        </span>
        <Tooltip label="From the keyboard (?)">
          <ActionIcon variant="subtle" color="gray" onClick={onHelp} aria-label="Keyboard shortcuts">
            <Icon name="keyboard" size={18} />
          </ActionIcon>
        </Tooltip>
      </div>
    </AppShell.Navbar>
  )
}
