/** Whom an API call is made for. */
export interface ApiCaller {
  readonly provider: string
  readonly modelId: string
  /** Strings that must not be repeated in an error's message, such as the API key. */
  readonly secrets?: readonly (string | undefined)[] | undefined
}
