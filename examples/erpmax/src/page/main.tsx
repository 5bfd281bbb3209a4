import './zod-without-eval.ts'
import './styles.ts'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { createSession } from './session/session.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no root')

const session = createSession(sessionStorage)
void session.resume()
createRoot(root).render(<App session={session} />)
