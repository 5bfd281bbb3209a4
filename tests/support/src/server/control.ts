import type { MillraceServer, NotificationInput, NotifyTarget, Store } from '@millrace/server'
import { type ChannelName, escapeParam, MillraceError, type PresenceMember } from '@millrace/contract'
