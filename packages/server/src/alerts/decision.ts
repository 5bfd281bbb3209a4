export type AlertSeverity = 'medium' | 'high' | 'critical'
export type AlertLevel = 'ok' | AlertSeverity
