export {
  brokenNotification,
  endedNotification,
  endOf,
  FORMATS,
  type Notification,
  type NotifyFormat,
  notificationSchema,
  startedNotification,
} from './message.ts';
export { Notifier, type Unsent, type Webhook } from './notifier.ts';
export { OUTBOX_FILE, OUTBOX_LINES, Outbox } from './outbox.ts';
export { NOTIFY_VARIABLE, webhookIn, webhookOf, withoutWebhook } from './webhook.ts';
