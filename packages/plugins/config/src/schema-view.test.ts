import { describe, expect, it } from 'vitest'
import { defaultsOf, typesOf, viewAt, viewSchema } from './schema-view.ts'

const viewOf = (schema: Record<string, unknown>) => viewSchema(schema, schema)

describe('a view of a schema', () => {
  it('follows references, also to itself, and ignores those that lead nowhere', () => {
    const schema = {
      $defs: {
        'a/b': {
          type: 'object',
          properties: { next: { $ref: '#/$defs/a~1b' }, x: { type: 'integer', default: 1 } },
        },
      },
      properties: {
        root: { $ref: '#/$defs/a~1b' },
        none: { $ref: '#/$defs/none' },
        far: { $ref: 'https://example.org/x' },
      },
    }
    const view = viewOf(schema)
    expect(viewAt(view, ['root', 'next', 'next']).keys).toEqual(['next', 'x'])
    expect([...typesOf(viewAt(view, ['root', 'next', 'x']))]).toEqual(['integer'])
    expect(view.at('none').isOpen).toBe(true)
    expect(view.at('far').keys).toEqual([])
    const self = { properties: { me: { $ref: '#' }, y: { default: 2 } } }
    expect(viewAt(viewOf(self), ['me', 'me']).keys).toEqual(['me', 'y'])
    expect(defaultsOf(viewOf(self), 1)).toEqual({ y: 2 })
  })

  it('joins the keys of alternatives', () => {
    const view = viewOf({
      anyOf: [
        { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false },
        { type: 'object', properties: { a: { type: 'number' }, b: {} }, additionalProperties: false },
        { type: 'boolean' },
      ],
    })
    expect([view.keys, view.isOpen]).toEqual([['a', 'b'], false])
    expect([...typesOf(view.at('a'))]).toEqual(['string', 'number'])
  })

  it.each([
    [{ type: 'object' }, true],
    [{}, true],
    [{ type: 'object', properties: {} }, false],
    [{ properties: { a: {} } }, false],
    [{ type: 'object', properties: { a: {} }, additionalProperties: true }, true],
    [{ type: 'object', additionalProperties: { type: 'string' } }, true],
    [{ type: 'object', properties: { a: {} }, patternProperties: { x: {} } }, true],
    [{ type: 'object', additionalProperties: false }, false],
    [{ type: 'string' }, false],
  ])('%j takes other keys: %s', (schema, isOpen) => {
    expect(viewOf(schema).isOpen).toBe(isOpen)
  })

  it('knows types from values', () => {
    expect([...typesOf(viewOf({ enum: ['a', 1] }))]).toEqual(['string', 'number'])
    expect([...typesOf(viewOf({ const: true }))]).toEqual(['boolean'])
    expect([...typesOf(viewOf({ type: ['array', 'null'] }))]).toEqual(['array', 'null'])
    expect(viewOf({ items: { type: 'string' } }).at(3).schemas).toEqual([{ type: 'string' }])
  })
})
