export { behaviour, millsOf } from './behaviour.ts'
