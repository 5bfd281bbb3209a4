import type { z } from 'zod'
import { newPurchase, newSale } from '../../contract/inputs.ts'
import type { StockType } from '../../contract.ts'
import type { EntryKey, MillApi } from '../api/mill-api.ts'
import type { IconName } from '../components/icon.tsx'
import { stockNames } from '../format/words.ts'
import { check, type Faults, type FieldNames } from '../forms/faults.ts'
import { purchaseTrade, saleTrade, type Trade, type TradeDraft } from './trade.ts'

/** What differs between buying and selling. */
export interface TradeKind {
  readonly entity: 'purchase' | 'sale'
  readonly path: '/purchases' | '/sales'
  readonly title: string
  readonly subtitle: string
  readonly icon: IconName
  readonly partyLabel: string
  readonly goodsLabel: string
  readonly words: { readonly one: string; readonly many: string; readonly enter: string; readonly entered: string }
  /** Fields of the form, by the names they have in REST. */
  readonly names: FieldNames
  readonly schema: z.ZodType<unknown>
  goodsName(goods: string): string
  toInput(draft: TradeDraft): Record<string, unknown>
  /** `input` as the schema has accepted it. */
  enter(api: MillApi, input: unknown, key: EntryKey): Promise<Trade>
  find(api: MillApi, id: string): Promise<Trade>
  change(api: MillApi, base: Trade, draft: TradeDraft): Promise<Trade>
  remove(api: MillApi, id: string): Promise<null>
}

const common = ({ quantityKg, ratePaisePerKg, day, note }: TradeDraft) => ({ quantityKg, ratePaisePerKg, note, ...(day !== '' && { day }) })

const purchaseInput = (draft: TradeDraft) => ({ supplier: draft.party, variety: draft.goods, ...common(draft) })
const saleInput = (draft: TradeDraft) => ({ buyer: draft.party, stockType: draft.goods, ...common(draft) })

export const purchaseKind: TradeKind = {
  entity: 'purchase',
  path: '/purchases',
  title: 'Purchases',
  subtitle: 'Paddy that the mill buys',
  icon: 'purchase',
  partyLabel: 'Supplier',
  goodsLabel: 'Variety',
  words: { one: 'purchase', many: 'purchases', enter: 'New purchase', entered: 'Purchase entered' },
  names: { supplier: 'party', variety: 'goods' },
  schema: newPurchase,
  goodsName: (goods) => goods,
  toInput: purchaseInput,
  enter: async (api, input, key) => purchaseTrade(await api.enterPurchase(newPurchase.parse(input), key)),
  find: async (api, id) => purchaseTrade(await api.purchase(id)),
  change: async (api, { id, version }, draft) =>
    purchaseTrade(await api.changePurchase(id, { version, ...withDay(newPurchase.parse(purchaseInput(draft))) })),
  remove: (api, id) => api.deletePurchase(id),
}

export const saleKind: TradeKind = {
  entity: 'sale',
  path: '/sales',
  title: 'Sales',
  subtitle: 'Rice and what comes with it, sold',
  icon: 'sale',
  partyLabel: 'Buyer',
  goodsLabel: 'Goods',
  words: { one: 'sale', many: 'sales', enter: 'New sale', entered: 'Sale entered' },
  names: { buyer: 'party', stockType: 'goods' },
  schema: newSale,
  // Another server may know more kinds of stock than this page.
  goodsName: (goods) => stockNames[goods as StockType] ?? goods,
  toInput: saleInput,
  enter: async (api, input, key) => saleTrade(await api.enterSale(newSale.parse(input), key)),
  find: async (api, id) => saleTrade(await api.sale(id)),
  change: async (api, { id, version }, draft) =>
    saleTrade(await api.changeSale(id, { version, ...withDay(newSale.parse(saleInput(draft))) })),
  remove: (api, id) => api.deleteSale(id),
}

/** An update leaves out what it does not name; a day that was emptied stays what it was. */
function withDay<T extends { day?: string | undefined }>({ day, ...rest }: T): Omit<T, 'day'> & { day?: string } {
  return { ...rest, ...(day !== undefined && { day }) }
}

/** What is wrong with a draft, or nothing. */
export function faultsOfTrade(kind: TradeKind, draft: TradeDraft): Faults | null {
  const checked = check(kind.schema, kind.toInput(draft), kind.names)
  return checked.ok ? null : checked.faults
}
