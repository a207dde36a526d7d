import { InvalidArgument, isObject, type LanguageModel } from '@ashlar/core'

/** The numbers an option may have; `fallback` stands in when it is not given. */
export interface NumberRule {
  readonly min: number
  /** Whether `min` itself is too small. */
  readonly above?: boolean
  readonly max?: number
  /** Whether fractions are refused. */
  readonly whole?: boolean
}

const describe = ({ min, above, max, whole }: NumberRule): string =>
  [
    whole ? 'a whole number' : 'a number',
    above ? `above ${min}` : `of at least ${min}`,
    ...(max === undefined ? [] : [`and at most ${max}`]),
  ].join(' ')

const fits = (value: number, { min, above = false, max = Infinity, whole = false }: NumberRule): boolean =>
  value >= min && value <= max && !(above && value === min) && (!whole || Number.isInteger(value))

/** @throws InvalidArgument naming the first option that is there and breaks its rule */
export const checkNumbers = (options: object, rules: Readonly<Record<string, NumberRule>>): void => {
  for (const [name, rule] of Object.entries(rules)) {
    const value: unknown = Reflect.get(options, name)
    if (value === undefined) continue
    const infinite = value === Infinity && rule.max === undefined
    if (typeof value !== 'number' || !(infinite || fits(value, rule)))
      throw new InvalidArgument(name, describe(rule), value)
  }
}

/** @throws InvalidArgument for options that are no object, or one with an unknown name */
export const checkNames = (options: unknown, known: readonly string[]): void => {
  if (!isObject(options)) throw new InvalidArgument('options', 'an object', options)
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new InvalidArgument(name, `no option of this name (known: ${known.join(', ')})`, options[name])
}

/** @throws InvalidArgument naming the first option that is there and is no function */
export const checkFunctions = (options: object, names: readonly string[]): void => {
  for (const name of names) {
    const value: unknown = Reflect.get(options, name)
    if (value !== undefined && typeof value !== 'function')
      throw new InvalidArgument(name, 'a function', value)
  }
}

/** @throws InvalidArgument when it is not a language model */
export const checkModel = (model: unknown, argument = 'model'): void => {
  if (!isObject(model) || typeof model['stream'] !== 'function')
    throw new InvalidArgument(argument, 'a language model, with `stream`', model)
}

/** @throws InvalidArgument for an empty list, something that is no model, or a model that is there twice */
export const checkModels = (models: readonly LanguageModel[]): void => {
  if (!Array.isArray(models)) throw new InvalidArgument('models', 'a list of language models', models)
  if (models.length === 0) throw new InvalidArgument('models', 'at least one model', 'an empty list')
  for (const [index, model] of models.entries()) {
    checkModel(model, `models[${index}]`)
    const { provider, modelId } = model
    if (models.indexOf(model) !== index)
      throw new InvalidArgument(`models[${index}]`, 'each model once', `${provider}/${modelId} again`)
  }
}

/**
 * Options `store` and `name` of what may be shared.
 * @throws InvalidArgument when the store lacks a method, or there is a name and no store
 */
export const checkStore = (
  { store, name }: { readonly store?: unknown; readonly name?: unknown },
  methods: readonly string[],
): void => {
  if (store !== undefined && !(isObject(store) && methods.every((method) => method in store)))
    throw new InvalidArgument('store', `a store with ${methods.join(', ')}`, store)
  if (name !== undefined && (typeof name !== 'string' || store === undefined))
    throw new InvalidArgument('name', 'a text, beside a store', name)
}
