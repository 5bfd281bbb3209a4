import type UPlot from 'uplot'

export interface TipLine {
  readonly color?: string
  readonly name: string
  readonly value: string
}

/** A uPlot plugin: what the point under the pointer says. */
export function tipPlugin(read: (index: number) => { readonly title: string; readonly lines: readonly TipLine[] } | null): UPlot.Plugin {
  const tip = document.createElement('div')
  tip.className = 'chart-tip'
  tip.hidden = true
  return {
    hooks: {
      init: (plot) => plot.over.append(tip),
      setCursor(plot) {
        const { idx, left = -1 } = plot.cursor
        const said = idx === null || idx === undefined || left < 0 ? null : read(idx)
        tip.hidden = said === null
        if (said === null) return
        tip.replaceChildren(titleOf(said.title), ...said.lines.map(lineOf))
        const beyond = left > plot.over.clientWidth / 2
        tip.style.left = beyond ? '' : `${left + 14}px`
        tip.style.right = beyond ? `${plot.over.clientWidth - left + 14}px` : ''
      },
    },
  }
}

function titleOf(text: string): HTMLElement {
  const title = document.createElement('b')
  title.textContent = text
  return title
}

function lineOf({ color, name, value }: TipLine): HTMLElement {
  const line = document.createElement('span')
  const label = document.createElement('em')
  label.style.fontStyle = 'normal'
  if (color !== undefined) {
    const square = document.createElement('i')
    square.style.background = color
    label.append(square)
  }
  label.append(name)
  const number = document.createElement('strong')
  number.textContent = value
  line.append(label, number)
  return line
}
