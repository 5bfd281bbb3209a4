export { type IngressStatus, type RabbitIngress, rabbitIngress } from './ingress.ts'
export { type RabbitIngressOptions, rabbitIngressDefaults } from './ingress-options.ts'
export type { MessageFacts } from './message.ts'
export {
  type RabbitMessage,
  type RabbitPublisher,
  type RabbitPublisherOptions,
  rabbitPublisher,
  rabbitPublisherDefaults,
} from './publisher.ts'
