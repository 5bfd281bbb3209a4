import { type ReactNode, useCallback, useMemo, useRef } from 'react'
import UPlot from 'uplot'
import type { Stock } from '../../contract.ts'
import { kilograms } from '../format/weight.ts'
import { severityNames, stockNames } from '../format/words.ts'
import { Chart, type ChartColors } from './chart.tsx'
import { tipPlugin } from './tip.ts'

/** A bar ends here, so that the kinds that are plentiful leave the scarce ones room; its kilograms are written above it. */
const mostPercent = 400

/** How each kind of stock stands against its minimum: 100 % is the line below which somebody is told. */
export function StockChart({ stock }: { readonly stock: readonly Stock[] }): ReactNode {
  const shown = useRef(stock)
  shown.current = stock
  const data = useMemo<UPlot.AlignedData>(
    () => [stock.map((_, index) => index), stock.map((one) => Math.min(mostPercent, percentOf(one)))],
    [stock],
  )
  const options = useCallback((colors: ChartColors) => chartOptions(colors, () => shown.current), [])
  const summary = `Stock against its minimum. ${stock.map((one) => `${stockNames[one.stockType]}: ${kilograms(one.quantity)}, ${percentOf(one)} %.`).join(' ')}`
  return <Chart options={options} data={data} height={250} summary={summary} />
}

const percentOf = ({ quantity, minStockLevel }: Stock): number =>
  minStockLevel === 0 ? mostPercent : Math.round((quantity / minStockLevel) * 100)

const font = '12px system-ui, sans-serif'

function chartOptions(colors: ChartColors, stock: () => readonly Stock[]) {
  const good = colors.of('--buy')
  const warn = colors.of('--warn')
  const bad = colors.of('--bad')
  const colorOf = (one: Stock | undefined) => (one === undefined || one.severity === null ? good : one.severity === 'medium' ? warn : bad)
  const bars = UPlot.paths.bars?.({
    size: [0.5, 54],
    radius: [0.15, 0],
    disp: {
      fill: { unit: 3, values: () => stock().map(colorOf) },
      stroke: { unit: 3, values: () => stock().map(colorOf) },
    },
  })
  return {
    padding: [12, 8, 0, 0] satisfies UPlot.Padding,
    legend: { show: false },
    cursor: { y: false, x: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: (_: UPlot, min: number, max: number) => [min - 0.5, max + 0.5] as UPlot.Range.MinMax },
      y: { range: () => [0, mostPercent * 1.1] as UPlot.Range.MinMax },
    },
    axes: [
      {
        stroke: colors.text,
        grid: { show: false },
        ticks: { show: false },
        font,
        size: 30,
        incrs: [1],
        space: 10,
        values: (plot: UPlot, splits: number[]) =>
          splits.map((index) => {
            const one = stock()[index]
            return one === undefined ? '' : shortName(stockNames[one.stockType], plot.width)
          }),
      },
      {
        stroke: colors.text,
        grid: { stroke: colors.grid, width: 1 },
        ticks: { show: false },
        font,
        size: 52,
        splits: () => [0, 100, 200, 300, 400],
        values: (_: UPlot, splits: number[]) => splits.map((value) => `${value} %`),
      },
    ],
    series: [{}, { fill: good, stroke: good, points: { show: false }, ...(bars !== undefined && { paths: bars }) }],
    hooks: {
      draw: [
        (plot: UPlot) => {
          drawMinimum(plot, bad)
          drawWeights(plot, colors.text, stock())
        },
      ],
    },
    plugins: [
      tipPlugin((index) => {
        const one = stock()[index]
        if (one === undefined) return null
        return {
          title: stockNames[one.stockType],
          lines: [
            { color: colorOf(one), name: 'In stock', value: kilograms(one.quantity) },
            { name: 'Minimum', value: kilograms(one.minStockLevel) },
            { name: one.severity === null ? 'Of the minimum' : severityNames[one.severity], value: `${percentOf(one)} %` },
          ],
        }
      }),
    ],
  } satisfies Omit<UPlot.Options, 'width' | 'height'>
}

const shortName = (name: string, width: number): string => (width < 420 && name === 'Broken rice' ? 'Broken' : name)

/** The line at 100 %. */
function drawMinimum({ ctx, bbox, valToPos }: UPlot, color: string): void {
  const y = Math.round(valToPos(100, 'y', true))
  ctx.save()
  ctx.strokeStyle = color
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}

/** How much there is, above each bar. */
function drawWeights({ ctx, valToPos }: UPlot, color: string, stock: readonly Stock[]): void {
  ctx.save()
  ctx.fillStyle = color
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`
  ctx.textAlign = 'center'
  for (const [index, one] of stock.entries()) {
    const top = valToPos(Math.min(mostPercent, percentOf(one)), 'y', true)
    ctx.fillText(one.quantity.toLocaleString('en-IN'), valToPos(index, 'x', true), top - 5 * devicePixelRatio)
  }
  ctx.restore()
}
