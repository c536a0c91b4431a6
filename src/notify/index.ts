export {
  brokenNotification,
  endedNotification,
  FORMATS,
  type Notification,
  type NotifyFormat,
  notificationSchema,
  startedNotification,
} from './message.ts';
export { Notifier, type Unsent, type Webhook } from './notifier.ts';
export { OUTBOX_LINES } from './outbox.ts';
export { NOTIFY_VARIABLE, webhookOf, withoutWebhook } from './webhook.ts';
