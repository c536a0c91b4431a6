/** Pools that faker filled when the bundle was made. Text is shared by all virtual users at no cost; a list is not. */
declare module 'headroom:pools' {
  /** JSON of a list of last names. */
  export const lastNames: string;
}
