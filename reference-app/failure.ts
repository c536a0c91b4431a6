/** The app cannot start or go on; the message is one sentence for the person who started it. */
export class AppFailure extends Error {
  override readonly name = 'AppFailure';
}
