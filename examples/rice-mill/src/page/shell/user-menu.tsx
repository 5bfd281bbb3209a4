import { Button, Popover, SegmentedControl, Text, UnstyledButton, useMantineColorScheme, VisuallyHidden } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { Icon, type IconName } from '../components/icon.tsx'
import { PersonAvatar } from '../components/person-avatar.tsx'
import { roleNames } from '../format/words.ts'
import { useMe, useSession } from '../session/use-session.ts'
import './user-menu.css'

const schemes: readonly { readonly value: 'light' | 'dark' | 'auto'; readonly name: string; readonly icon: IconName }[] = [
  { value: 'light', name: 'Light', icon: 'sun' },
  { value: 'dark', name: 'Dark', icon: 'moon' },
  { value: 'auto', name: 'Like the device', icon: 'auto' },
]

/** Who is signed in; colours, help, and the way out. */
export function UserMenu({ onHelp }: { readonly onHelp: () => void }): ReactNode {
  const me = useMe()
  const session = useSession()
  const [opened, setOpened] = useState(false)
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={250} shadow="lg" trapFocus>
      <Popover.Target>
        <UnstyledButton aria-label={`${me.name}: account and colours`} onClick={() => setOpened((before) => !before)}>
          <PersonAvatar id={me.id} name={me.name} size={34} plain />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className="user-menu">
        <div className="user-menu-who">
          <Text size="sm" fw={600}>
            {me.name}
          </Text>
          <Text size="xs" c="dimmed">
            {me.email} · {roleNames[me.role]}
          </Text>
        </div>
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label="Colours"
          value={colorScheme}
          onChange={setColorScheme}
          data={schemes.map(({ value, name, icon }) => ({
            value,
            label: (
              <span title={name} className="user-menu-scheme">
                <Icon name={icon} size={17} />
                <VisuallyHidden>{name}</VisuallyHidden>
              </span>
            ),
          }))}
        />
        <Button
          variant="subtle"
          color="gray"
          justify="flex-start"
          leftSection={<Icon name="keyboard" size={17} />}
          onClick={() => {
            setOpened(false)
            onHelp()
          }}
        >
          Keyboard shortcuts
        </Button>
        <Button
          variant="subtle"
          color="gray"
          justify="flex-start"
          leftSection={<Icon name="out" size={17} />}
          onClick={() => void session.signOut()}
        >
          Sign out
        </Button>
      </Popover.Dropdown>
    </Popover>
  )
}
