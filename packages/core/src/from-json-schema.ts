type Simplify<T> = { [K in keyof T]: T[K] }

type Primitive = {
  string: string
  number: number
  integer: number
  boolean: boolean
  null: null
}

type RequiredKeys<S> = S extends { readonly required: readonly (infer K)[] } ? K : never

type FromProperties<P, R> = Simplify<
  { -readonly [K in keyof P as K extends R ? K : never]: FromJsonSchema<P[K]> } & {
    -readonly [K in keyof P as K extends R ? never : K]?: FromJsonSchema<P[K]>
  }
>

type FromObject<S> = S extends { readonly properties: infer P }
  ? FromProperties<P, RequiredKeys<S>>
  : S extends { readonly additionalProperties: infer A extends object }
    ? Record<string, FromJsonSchema<A>>
    : Record<string, unknown>

type FromType<S, T> = T extends keyof Primitive
  ? Primitive[T]
  : T extends 'object'
    ? FromObject<S>
    : T extends 'array'
      ? S extends { readonly items: infer I }
        ? FromJsonSchema<I>[]
        : unknown[]
      : unknown

/** The type a JSON Schema literal describes: enum, const, type, properties, items, anyOf and oneOf; else `unknown`. */
export type FromJsonSchema<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly anyOf: readonly (infer A)[] }
      ? FromJsonSchema<A>
      : S extends { readonly oneOf: readonly (infer A)[] }
        ? FromJsonSchema<A>
        : S extends { readonly type: readonly (infer T)[] }
          ? FromType<S, T>
          : S extends { readonly type: infer T }
            ? FromType<S, T>
            : S extends { readonly properties: unknown }
              ? FromObject<S>
              : unknown
