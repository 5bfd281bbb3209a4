import { z } from 'zod'
import { notificationType, planId } from './records.ts'

/** What REST is sent. Everything else is refused with the path of each fault. */

const name = z.string().trim().min(1).max(80)
const email = z.email().max(200).toLowerCase()
const password = z.string().min(8, 'give at least 8 characters').max(200)

export const subdomain = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])$/, 'use 2 to 40 small letters, digits and "-", beginning with a letter')

export const signUp = z.object({ company: name, subdomain, name, email, password, plan: planId.default('starter') })
export type SignUp = z.infer<typeof signUp>

export const login = z.object({ email: z.string().max(200).toLowerCase(), password: z.string().max(200) })
export type Login = z.infer<typeof login>

export const refresh = z.object({ refresh_token: z.string().min(1).max(200) })

export const newUser = z.object({ name, email, password })
export type NewUser = z.infer<typeof newUser>

export const planChange = z.object({ plan: planId })

export const newPayment = z.object({ invoice_id: z.string().min(1).max(64), method: z.enum(['card', 'transfer']).default('card') })
export type NewPayment = z.infer<typeof newPayment>

export const announcement = z.object({
  /** One colleague; all of the tenant without it. */
  user_id: z.string().min(1).max(64).optional(),
  title: z.string().trim().min(1).max(120),
  message: z.string().trim().min(1).max(1_000),
  type: notificationType.default('info'),
})
export type Announcement = z.infer<typeof announcement>
