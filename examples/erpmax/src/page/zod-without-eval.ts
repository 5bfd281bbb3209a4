import { config } from 'zod/v4/core'

// The page's content security policy forbids code made from text, which zod would otherwise try with its first schema.
config({ jitless: true })
