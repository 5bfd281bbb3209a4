import { type ReactNode, useCallback, useMemo, useRef } from 'react'
import UPlot from 'uplot'
import type { DayFigures } from '../../contract.ts'
import { compactMoney, wholeMoney } from '../format/money.ts'
import { shortDayName } from '../format/time.ts'
import { compactKilograms, kilograms } from '../format/weight.ts'
import { Chart, type ChartColors } from './chart.tsx'
import { tipPlugin } from './tip.ts'

export type Measure = 'kg' | 'rupees'

interface Props {
  readonly days: readonly DayFigures[]
  readonly measure: Measure
}

function figuresOf(days: readonly DayFigures[], measure: Measure): [number[], number[], number[]] {
  return measure === 'kg'
    ? [days.map((_, index) => index), days.map(({ purchasedKg }) => purchasedKg), days.map(({ soldKg }) => soldKg)]
    : [days.map((_, index) => index), days.map(({ purchasedPaise }) => purchasedPaise), days.map(({ soldPaise }) => soldPaise)]
}

/** Bought and sold, day by day; follows the figures as they change. */
export function DaysChart({ days, measure }: Props): ReactNode {
  const shown = useRef(days)
  shown.current = days
  const data = useMemo(() => figuresOf(days, measure), [days, measure])
  const [exact, short] = measure === 'kg' ? [kilograms, compactKilograms] : [wholeMoney, compactMoney]
  const options = useCallback(
    (colors: ChartColors) => chartOptions(colors, () => shown.current, measure, exact, short),
    [measure, exact, short],
  )
  const last = days.at(-1)
  const summary = `Bought and sold over ${days.length} days. ${
    last === undefined ? '' : `Today: bought ${kilograms(last.purchasedKg)}, sold ${kilograms(last.soldKg)}.`
  }`
  return <Chart options={options} data={data} height={250} summary={summary} />
}

type Format = (value: number) => string

function chartOptions(colors: ChartColors, days: () => readonly DayFigures[], measure: Measure, exact: Format, short: Format) {
  const buy = colors.of('--buy')
  const sell = colors.of('--sell')
  const curve = UPlot.paths.spline?.()
  const series = (stroke: string, fill: string): UPlot.Series => ({
    stroke,
    fill,
    width: 2,
    points: { size: 6, fill: stroke, width: 0 },
    ...(curve !== undefined && { paths: curve }),
  })
  return {
    padding: [12, 8, 0, 0] satisfies UPlot.Padding,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 9 } },
    scales: {
      x: { time: false, range: (_: UPlot, min: number, max: number) => [min - 0.2, max + 0.2] as UPlot.Range.MinMax },
      y: { range: aboveZero },
    },
    axes: [
      {
        stroke: colors.text,
        grid: { show: false },
        ticks: { show: false },
        font: '12px system-ui, sans-serif',
        size: 30,
        space: 58,
        incrs: [1, 2, 3, 4, 7],
        values: (_: UPlot, splits: number[]) =>
          splits.map((index) => {
            const day = Number.isInteger(index) ? days()[index]?.day : undefined
            return day === undefined ? '' : shortDayName(day)
          }),
      },
      {
        stroke: colors.text,
        grid: { stroke: colors.grid, width: 1 },
        ticks: { show: false },
        font: '12px system-ui, sans-serif',
        size: measure === 'kg' ? 48 : 62,
        values: (_: UPlot, splits: number[]) => splits.map((value) => (value === 0 ? '0' : short(value))),
      },
    ],
    series: [{}, series(buy, colors.of('--buy-soft')), series(sell, colors.of('--sell-soft'))],
    plugins: [
      tipPlugin((index) => {
        const day = days()[index]
        if (day === undefined) return null
        const [bought, sold] = measure === 'kg' ? [day.purchasedKg, day.soldKg] : [day.purchasedPaise, day.soldPaise]
        return {
          title: shortDayName(day.day),
          lines: [
            { color: buy, name: 'Bought', value: exact(bought) },
            { color: sell, name: 'Sold', value: exact(sold) },
            { name: 'Milled', value: kilograms(day.milledKg) },
          ],
        }
      }),
    ],
  } satisfies Omit<UPlot.Options, 'width' | 'height'>
}

/** From nought to a little over the highest. */
const aboveZero = (_: UPlot, __: number, max: number): UPlot.Range.MinMax => [0, Math.max(1, (max ?? 0) * 1.12)]
