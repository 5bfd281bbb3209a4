import type { Page } from '@playwright/test'

/** What somebody who does not see the page would stumble over. */
export function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = []
    const shown = (element: Element) => element.checkVisibility({ visibilityProperty: true })
    const nameOf = (element: Element) =>
      element.getAttribute('aria-label') ??
      (element.getAttribute('aria-labelledby') ?? '')
        .split(' ')
        .map((id) => document.getElementById(id)?.textContent ?? '')
        .join('')
    const say = (what: string, element: Element) => faults.push(`${what}: ${element.outerHTML.slice(0, 160)}`)

    for (const field of document.querySelectorAll<HTMLInputElement>('input:not([type="hidden"]), textarea, select'))
      if ((field.labels?.length ?? 0) === 0 && nameOf(field) === '') say('a field without a label', field)
    for (const control of document.querySelectorAll('button, a[href], [role="button"], [role="menuitem"]'))
      if (shown(control) && (control.textContent ?? '').trim() === '' && nameOf(control) === '') say('a control without a name', control)
    for (const image of document.querySelectorAll(
      'img:not([alt]), svg:not([aria-hidden]):not([aria-label]), [role="img"]:not([aria-label]):not([alt])',
    ))
      if (shown(image) && image.closest('button, a, label') === null) say('an image without words', image)
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
    for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index))) faults.push(`an id twice: ${id}`)
    if (document.querySelectorAll('h1').length !== 1) faults.push(`${document.querySelectorAll('h1').length} first headings`)
    if (document.documentElement.lang === '') faults.push('no language')
    return faults
  })
}
