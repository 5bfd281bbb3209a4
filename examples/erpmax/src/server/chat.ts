import type { ChatMessage, User } from '../contract.ts'
import { contract } from '../contract.ts'
import { type App, iso } from './app.ts'
import { one, type Sql } from './database/port.ts'
import { conflict } from './problem.ts'

const shown = 50

interface Row {
  readonly id: string
  readonly text: string
  readonly user_id: string
  readonly name: string
  readonly created_at: number
}

const query = 'select m.id, m.text, m.user_id, u.name, m.created_at from chat_messages m join users u on u.id = m.user_id'

const toMessage = ({ id, text, user_id, name, created_at }: Row): ChatMessage => ({
  ...{ id, text, created_at: iso(created_at) },
  from: { id: user_id, name },
})

/** The newest lines of a tenant's chat, oldest first. */
export async function listChat(sql: Sql, tenantId: string): Promise<ChatMessage[]> {
  const rows = await sql.rows<Row>(`${query} where m.tenant_id = ? order by m.created_at desc, m.id limit ${shown}`, tenantId)
  return rows.map(toMessage).reverse()
}

/** Says something to one's colleagues. The id is the sender's: sent again after a lost answer, it is said once. */
export function say({ db, rt, clock }: App, by: Pick<User, 'id' | 'tenant_id' | 'name'>, id: string, text: string): Promise<ChatMessage> {
  const { tenant_id: tenant } = by
  return db.transact(async (sql) => {
    const added = await sql.run(
      'insert into chat_messages (id, tenant_id, user_id, text, created_at) values (?, ?, ?, ?, ?) on conflict (id) do nothing',
      ...[id, tenant, by.id, text, clock.now()],
    )
    const row = await one<Row>(sql, `${query} where m.id = ? and m.tenant_id = ? and m.user_id = ?`, id, tenant, by.id)
    if (row === null) throw conflict('This id was used for something else')
    const message = toMessage(row)
    const options = { tenant, tx: sql.tx, actor: { id: by.id, name: by.name } }
    if (added > 0) await rt.publish(contract.channels.tenant({ tenantId: tenant }), 'chat:message', message, options)
    return message
  })
}
