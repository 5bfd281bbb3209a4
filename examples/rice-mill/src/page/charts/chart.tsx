import { useComputedColorScheme } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import './chart.css'

export interface ChartColors {
  readonly grid: string
  readonly text: string
  readonly of: (variable: string) => string
}

interface Props {
  /** What is drawn, for the colours of now; a new function draws the chart anew, new `data` only moves it. */
  readonly options: (colors: ChartColors) => Omit<UPlot.Options, 'width' | 'height'>
  readonly data: UPlot.AlignedData
  readonly height: number
  /** The same in words, for those who do not see it. */
  readonly summary: string
}

/** A uPlot chart as wide as its place. */
export function Chart({ options, data, height, summary }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot | null>(null)
  const newest = useRef(data)
  newest.current = data
  const scheme = useComputedColorScheme()

  // biome-ignore lint/correctness/useExhaustiveDependencies: another colour scheme has other colours
  useEffect(() => {
    const node = place.current
    if (node === null) return
    const chart = new UPlot({ ...options(colorsOf(node)), width: node.clientWidth, height }, newest.current, node)
    plot.current = chart
    const watch = new ResizeObserver(() => {
      if (node.clientWidth > 0 && node.clientWidth !== chart.width) chart.setSize({ width: node.clientWidth, height })
    })
    watch.observe(node)
    return () => {
      watch.disconnect()
      chart.destroy()
      plot.current = null
    }
  }, [options, height, scheme])

  useEffect(() => plot.current?.setData(data), [data])

  return <div ref={place} className="chart" style={{ height }} role="img" aria-label={summary} />
}

/** The page's colours as they are here: a canvas knows no style sheet. */
function colorsOf(node: HTMLElement): ChartColors {
  const probe = document.createElement('i')
  // Also the shortest transition would answer with the colour before.
  probe.style.transitionProperty = 'none'
  node.append(probe)
  const of = (variable: string): string => {
    probe.style.color = `var(${variable})`
    return getComputedStyle(probe).color
  }
  const colors = { grid: of('--line'), text: of('--mantine-color-dimmed'), of: memo(of) }
  // Each is asked for while the chart is made; afterwards the probe is of no more use.
  for (const variable of ['--buy', '--buy-soft', '--sell', '--sell-soft', '--milled', '--bad', '--warn', '--line', '--ground'])
    colors.of(variable)
  probe.remove()
  return colors
}

function memo(of: (variable: string) => string): (variable: string) => string {
  const known = new Map<string, string>()
  return (variable) => {
    const color = known.get(variable) ?? of(variable)
    known.set(variable, color)
    return color
  }
}
