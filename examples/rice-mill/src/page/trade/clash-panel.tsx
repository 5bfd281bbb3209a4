import { Alert, Button, Group } from '@mantine/core'
import type { ReactNode } from 'react'
import { Icon } from '../components/icon.tsx'
import type { TradeKind } from './kind.ts'
import type { TradeDraft, TradeField } from './trade.ts'
import { fieldNames, fieldText } from './trade-words.ts'
import './clash-panel.css'

interface Props {
  readonly kind: TradeKind
  readonly who: string
  readonly fields: readonly TradeField[]
  readonly mine: TradeDraft
  readonly theirs: TradeDraft
  readonly onKeepMine: () => void
  readonly onTakeTheirs: () => void
}

/** Two people have changed the same fields: what each of them wrote, and the choice. */
export function ClashPanel({ kind, who, fields, mine, theirs, onKeepMine, onTakeTheirs }: Props): ReactNode {
  const names = fieldNames(kind)
  return (
    <Alert color="orange" icon={<Icon name="warning" />} title={`${who} has changed this too`} role="alert">
      <table className="clash">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Yours</th>
            <th scope="col">{who === 'Somebody' ? 'Theirs' : `${who}’s`}</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field}>
              <th scope="row">{names[field]}</th>
              <td>{fieldText(kind, mine, field)}</td>
              <td>{fieldText(kind, theirs, field)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Group gap="xs" mt="sm">
        <Button size="xs" color="orange.9" onClick={onKeepMine}>
          Keep mine
        </Button>
        <Button size="xs" variant="default" onClick={onTakeTheirs}>
          Take theirs
        </Button>
      </Group>
    </Alert>
  )
}
