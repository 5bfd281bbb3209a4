import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jwtVerify } from 'jose'
import Database from 'libsql'
import { Server } from 'socket.io'
import { benchEvent, benchSecret, payload } from '../protocol.ts'
import { serve } from './serve.ts'

/** Socket.IO as teams use it: a token checked, rooms joined, a row inserted and then an event sent. */
const io = new Server({ transports: ['websocket', 'polling'], connectionStateRecovery: { maxDisconnectionDuration: 120_000 } })
const secret = new TextEncoder().encode(benchSecret)
const database = new Database(join(mkdtempSync(join(tmpdir(), 'stock-')), 'stock.db'))
database.pragma('journal_mode = WAL')
database.pragma('synchronous = FULL')
database.exec('create table movements (id integer primary key, data text not null)')
const insert = database.prepare('insert into movements (data) values (?)')

io.use((socket, next) => {
  jwtVerify(String(socket.handshake.auth.token), secret).then(
    ({ payload: { sub } }) => {
      socket.data.userId = sub
      next()
    },
    () => next(new Error('Invalid token')),
  )
})
io.on('connection', (socket) => {
  socket.join(['mill:1', 'everyone', `user:${socket.data.userId}`])
  socket.emit('connected', { userId: socket.data.userId })
})

serve({
  attach: (http) => void io.attach(http),
  publish: (n) => void io.to('mill:1').emit(benchEvent, payload(n)),
  async publishDurably(n) {
    const data = payload(n)
    insert.run(JSON.stringify(data))
    io.to('mill:1').emit(benchEvent, data)
  },
})
