import { Menu, SegmentedControl, Text, UnstyledButton, useMantineColorScheme, VisuallyHidden } from '@mantine/core'
import type { ReactNode } from 'react'
import { Icon, type IconName } from '../components/icon.tsx'
import { PersonAvatar } from '../components/person-avatar.tsx'
import { roleNames } from '../format/words.ts'
import { useMe, useSession } from '../session/use-session.ts'

const schemes: readonly { readonly value: 'light' | 'dark' | 'auto'; readonly name: string; readonly icon: IconName }[] = [
  { value: 'light', name: 'Light', icon: 'sun' },
  { value: 'dark', name: 'Dark', icon: 'moon' },
  { value: 'auto', name: 'Like the device', icon: 'auto' },
]

/** Who is signed in; colours, help, and the way out. */
export function UserMenu({ onHelp }: { readonly onHelp: () => void }): ReactNode {
  const me = useMe()
  const session = useSession()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Menu position="bottom-end" width={240} shadow="md">
      <Menu.Target>
        <UnstyledButton aria-label={`${me.name}: account and colours`}>
          <PersonAvatar id={me.id} name={me.name} size={34} plain />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div style={{ padding: '8px 12px' }}>
          <Text size="sm" fw={600}>
            {me.name}
          </Text>
          <Text size="xs" c="dimmed">
            {me.email} · {roleNames[me.role]}
          </Text>
        </div>
        <div style={{ padding: '4px 8px 8px' }}>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-label="Colours"
            value={colorScheme}
            onChange={setColorScheme}
            data={schemes.map(({ value, name, icon }) => ({
              value,
              label: (
                <span title={name} style={{ display: 'grid', placeItems: 'center' }}>
                  <Icon name={icon} size={17} />
                  <VisuallyHidden>{name}</VisuallyHidden>
                </span>
              ),
            }))}
          />
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="keyboard" size={17} />} onClick={onHelp}>
          Keyboard shortcuts
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="out" size={17} />} onClick={() => void session.signOut()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
