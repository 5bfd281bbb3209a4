export { type IngressStatus, type RabbitIngress, type RabbitIngressOptions, rabbitIngress, rabbitIngressDefaults } from './ingress.ts'
export type { MessageFacts } from './message.ts'
export {
  type RabbitMessage,
  type RabbitPublisher,
  type RabbitPublisherOptions,
  rabbitPublisher,
  rabbitPublisherDefaults,
} from './publisher.ts'
