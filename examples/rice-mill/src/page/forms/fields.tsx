import { NumberInput, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { toPaise } from '../format/money.ts'
import { dayOf } from '../format/time.ts'
import { quintals } from '../format/weight.ts'

interface FieldProps<T> {
  readonly label: string
  readonly value: T
  readonly onChange: (value: T) => void
  readonly error?: string | undefined
  readonly description?: ReactNode
  readonly required?: boolean
  readonly disabled?: boolean
}

const asNumber = (value: string | number): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)

/** Kilograms, and how many quintals that is. */
export function WeightField({
  label,
  value,
  onChange,
  error,
  description,
  required = true,
  disabled = false,
}: FieldProps<number | null>): ReactNode {
  return (
    <NumberInput
      label={label}
      value={value ?? ''}
      onChange={(next) => onChange(asNumber(next))}
      error={error}
      description={description}
      withAsterisk={required}
      disabled={disabled}
      allowDecimal={false}
      rightSection={<span className="unit">kg</span>}
      rightSectionWidth={44}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      {...(description === undefined && { description: value === null ? '1 quintal is 100 kg' : `= ${quintals(value)}` })}
    />
  )
}

/** Rupees on the screen, paise in the value. */
export function MoneyField({
  label,
  value,
  onChange,
  error,
  description,
  required = true,
  disabled = false,
}: FieldProps<number | null>): ReactNode {
  return (
    <NumberInput
      label={label}
      value={value === null ? '' : value / 100}
      onChange={(next) => {
        const rupees = asNumber(next)
        onChange(rupees === null ? null : toPaise(rupees))
      }}
      error={error}
      description={description}
      withAsterisk={required}
      disabled={disabled}
      decimalScale={2}
      leftSection={<span className="unit">₹</span>}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
    />
  )
}

/** A day of the past or today. Empty: today, as the server sees it. */
export function DayField({ label, value, onChange, error, description = 'Empty: today', disabled = false }: FieldProps<string>): ReactNode {
  return (
    <TextInput
      type="date"
      label={label}
      value={value}
      max={dayOf(Date.now())}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      description={value === '' ? description : undefined}
      disabled={disabled}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
    />
  )
}
