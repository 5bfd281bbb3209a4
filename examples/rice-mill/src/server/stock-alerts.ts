import type { Alert } from '@millrace/server'
import { contract, type Stock } from '../contract.ts'
import type { App } from './app.ts'
import { all } from './database.ts'
import { listStock } from './stock.ts'

/**
 * Tells a mill of a stock that has fallen below its minimum: once per crossing, however often it is looked at.
 * Part of the caller's transaction.
 */
export function alertLowStock({ db, rt }: Pick<App, 'db' | 'rt'>, { millId, stockType, quantity, minStockLevel }: Stock): void {
  // Holds: with a SQLite transaction the answer is there at once.
  const alert = rt.alerts.observe({ key: `${millId}/${stockType}`, value: quantity, minimum: minStockLevel, tx: db }) as Alert | null
  if (alert === null) return

  const mill = contract.channels.mill({ millId })
  const { severity } = alert
  void rt.publish(mill, 'stock:low-alert', { stockType, currentQuantity: quantity, minLevel: minStockLevel, severity }, { tx: db })
  const notification = {
    type: severity === 'medium' ? 'warning' : 'error',
    title: severity === 'critical' ? 'Out of stock' : 'Low stock',
    message: `${quantity} kg of ${stockType} left; the minimum is ${minStockLevel} kg`,
    data: { millId, stockType, severity },
    document: `stock/${millId}/${stockType}`,
  }
  void rt.notify({ channel: mill }, notification, { tx: db })
  if (severity === 'critical')
    void rt.notify({ role: 'SUPER_ADMIN' }, { ...notification, message: `${millId}: ${notification.message}` }, { tx: db })
}

/** Looks at every mill's stock, each in a transaction of its own. */
export function checkStock(app: App): void {
  for (const { id } of all<{ id: string }>(app.db, 'select id from mills'))
    app.db
      .transaction(() => {
        for (const stock of listStock(app.db, id)) alertLowStock(app, stock)
      })
      .immediate()
}
