/** What the provider is asked to charge. */
export interface ChargeRequest {
  /** The provider charges once for each key, however often it is asked. */
  readonly key: string;
  /** What the charge is for; on the provider's books beside it. */
  readonly reference: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly cardToken: string;
}

export interface Charge {
  readonly chargeId: string;
  /** `voided`: the key was given up before any money moved, and never will move any. */
  readonly status: 'captured' | 'declined' | 'voided';
}

/** Who moves the money. */
export interface PaymentProvider {
  /** Charges the card once for each key. @throws Error when the outcome is not known */
  charge(request: ChargeRequest): Promise<Charge>;
  /** What became of a key; one that was never charged is voided, so that it never will be. */
  settle(key: string, reference: string): Promise<Charge>;
}

/** What the provider says it moved, to compare with what the app says. */
export interface ProviderTotals {
  readonly charges: number;
  readonly amountMinor: number;
}
