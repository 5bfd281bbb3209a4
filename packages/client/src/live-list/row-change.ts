/** What a publication does to a list: idempotent, as the snapshot may hold it already. */
export type RowChange<Key, Row> = { readonly type: 'upsert'; readonly row: Row } | { readonly type: 'remove'; readonly key: Key }

export type RowChanges<Key, Row> = RowChange<Key, Row> | readonly RowChange<Key, Row>[] | null | undefined

export function upsert<Row>(row: Row): { readonly type: 'upsert'; readonly row: Row } {
  return { type: 'upsert', row }
}

export function remove<Key>(key: Key): { readonly type: 'remove'; readonly key: Key } {
  return { type: 'remove', key }
}

/** Makes the changes; false where none changed anything. */
export function changeRows<Key, Row>(rows: Map<Key, Row>, changes: RowChanges<Key, Row>, keyOf: (row: Row) => Key): boolean {
  if (changes === null || changes === undefined) return false
  let changed = false
  for (const change of 'type' in changes ? [changes] : changes) {
    if (change.type === 'upsert') {
      rows.set(keyOf(change.row), change.row)
      changed = true
    } else if (rows.delete(change.key)) changed = true
  }
  return changed
}
