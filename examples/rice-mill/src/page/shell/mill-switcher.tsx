import { Menu, UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import { Icon } from '../components/icon.tsx'
import { useMill } from '../hooks/use-mill.ts'
import './mill-switcher.css'

/** Which mill is looked at; who may look at several changes it here. */
export function MillSwitcher(): ReactNode {
  const { mill, mills, switchTo } = useMill()
  const label = (
    <span className="mill-words">
      <b className="clip">{mill.name}</b>
      <span className="soft clip">{mill.place}</span>
    </span>
  )
  if (mills.length < 2) return <div className="mill">{label}</div>
  return (
    <Menu position="bottom-start" width="target" shadow="md">
      <Menu.Target>
        <UnstyledButton className="mill mill-button" aria-label={`Mill: ${mill.name}. Change it`}>
          {label}
          <Icon name="down" size={16} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {mills.map(({ id, name, place }) => (
          <Menu.Item
            key={id}
            onClick={() => switchTo(id)}
            rightSection={id === mill.id && <Icon name="check" size={16} />}
            aria-current={id === mill.id ? 'true' : undefined}
          >
            <span className="mill-words">
              <b>{name}</b>
              <span className="soft">{place}</span>
            </span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
