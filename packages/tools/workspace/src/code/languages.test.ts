import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorkspace, type Workspace } from '../workspace.ts'
import type { CodeSymbol } from './code-symbols.ts'
import { type CodeOutline, readCode } from './read-code.ts'

let root: string
let workspace: Workspace
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-languages-'))
  workspace = createWorkspace({ root })
})
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})
const outline = async (path: string, text: string, internal = true): Promise<CodeOutline> => {
  writeFileSync(join(root, path), text)
  const read = await readCode(workspace, { path, internal })
  expect(read.incomplete).toBe(false)
  return read
}
const brief = (symbols: readonly CodeSymbol[], indent = ''): string[] =>
  symbols.flatMap(({ kind, name, exported, exportedAs, signature, doc, members = [] }) => [
    `${indent}${exported ? '+' : '-'} ${kind} ${name}${exportedAs ? ` as ${exportedAs.join(', ')}` : ''}` +
      ` | ${signature}${doc === undefined ? '' : ` | ${doc}`}`,
    ...brief(members, `${indent}  `),
  ])
const lines = async (path: string, text: string): Promise<string[]> =>
  brief((await outline(path, text)).symbols)

describe('what TypeScript exports', () => {
  it('is said after the declaration, too', async () => {
    const text = `/** Adds. */
function add() {}
const limit = 3
class Foo {}
const own = 1
export { add, limit as max, Foo }
export default Foo
`
    expect(await lines('a.ts', text)).toEqual([
      '+ function add | function add() | Adds.',
      '+ variable limit as max | const limit = 3',
      '+ class Foo as Foo, default | class Foo',
      '- variable own | const own = 1',
    ])
    // Negative control: what is not exported is left out.
    const { symbols } = await outline('a.ts', text, false)
    expect(symbols.map(({ name }) => name)).toEqual(['add', 'limit', 'Foo'])
  })

  it('may be decorated, ambient, an alias, a pattern or the whole module', async () => {
    const text = `/** Deco */
@Dec({ a: 1 })
export class D { constructor(private readonly x: number) {} }
declare global { interface W { a: 1 } }
declare module 'x' { export function y(): void }
export namespace NS { export const a = 1; const b = 2 }
export import Z = NS.a
export const { p, q: r, ...s } = obj
export const enum E { A = 1, B }
export default class extends D {}
export = D
`
    expect(await lines('b.ts', text)).toEqual([
      '+ class D as D, export= | class D | Deco',
      '  + method constructor | constructor(private readonly x: number)',
      '+ module global | declare global',
      '  + interface W | interface W',
      '    + property a | a: 1',
      "+ module 'x' | declare module 'x'",
      '  + function y | function y(): void',
      '+ module NS | namespace NS',
      '  + variable a | const a = 1',
      '  - variable b | const b = 2',
      '+ variable Z | import Z = NS.a',
      '+ variable p | const { p, q: r, ...s } = obj',
      '+ variable r | const { p, q: r, ...s } = obj',
      '+ variable s | const { p, q: r, ...s } = obj',
      '+ enum E | const enum E',
      '  + property A | A = 1',
      '  + property B | B',
      '+ class default | class extends D',
    ])
  })

  it('may come from elsewhere, also through an import', async () => {
    const text = `import I, { J as K, type L } from './i'
import * as M from './m'
export * as ns from './y'
export * from './all'
export type { X as Y } from './x'
export { K, L as l, M }
export default I
`
    expect((await outline('c.ts', text)).reexports).toEqual([
      { name: 'ns', original: '*', from: './y' },
      { name: '*', original: '*', from: './all' },
      { name: 'Y', original: 'X', from: './x' },
      { name: 'default', original: 'default', from: './i' },
      { name: 'K', original: 'J', from: './i' },
      { name: 'l', original: 'L', from: './i' },
      { name: 'M', original: '*', from: './m' },
    ])
  })
})

describe('readCode of', () => {
  it('CommonJS', async () => {
    const text = `/** f doc */
exports.f = function (a) { return a }
module.exports.g = (x) => x
class P { #x = 1; y = 2 }
function h() {}
module.exports = { h, P: P, k() {}, n: 1 }
other.exports.z = 1
`
    expect(await lines('a.cjs', text)).toEqual([
      '+ function f | exports.f = function (a) | f doc',
      '+ function g | module.exports.g = (x)',
      '+ class P | class P',
      '  - property #x | #x = 1',
      '  + property y | y = 2',
      '+ function h | function h()',
      '+ variable module.exports | module.exports',
      '  + method k | k()',
      '  + property n | n: 1',
    ])
    expect(await lines('b.js', 'class A {}\nmodule.exports = A\n')).toEqual([
      '+ class A as module.exports | class A',
    ])
  })

  it('Python: constants, fields, branches, __all__', async () => {
    const text = `MAX: Final = 5
X = Y = 2
a, b = 1, 2
_own = 1
obj.attribute = 3
type Alias = int
if MAX:
    def conditional(): pass
class K:
    """K doc"""
    field: int = 3
    def __init__(self): self.x = 1
    def _hidden(self): pass
`
    expect(await lines('a.py', text)).toEqual([
      '+ variable MAX | MAX: Final = 5',
      '+ variable X | X = Y = 2',
      '+ variable Y | X = Y = 2',
      '+ variable a | a, b = 1, 2',
      '+ variable b | a, b = 1, 2',
      '- variable _own | _own = 1',
      '+ type Alias | type Alias = int',
      '+ function conditional | def conditional()',
      '+ class K | class K | K doc',
      '  + property field | field: int = 3',
      '  + method __init__ | def __init__(self)',
      '  - method _hidden | def _hidden(self)',
    ])
    const listed = await outline(
      'b.py',
      "__all__ = ['f', '_g']\ndef f(): pass\ndef _g(): pass\nh = 1\n",
      false,
    )
    expect(listed.symbols.map(({ name }) => name)).toEqual(['f', '_g'])
  })

  it('Go: groups, fields, methods of interfaces', async () => {
    const text = `package e
// Group.
const (
	// One is one.
	One = 1
	two = 2 // trailing
	Three = 3
)
// Both.
var X, y int
// I is.
type I interface {
	// Run runs.
	Run(ctx context.Context) error
}
type S[T any] struct {
	// N.
	Name, other string
	*pkg.Base
}
type (A int; B = string)
`
    expect(await lines('a.go', text)).toEqual([
      '+ variable One | const One = 1 | One is one.',
      '- variable two | const two = 2',
      '+ variable Three | const Three = 3',
      '+ variable X | var X, y int | Both.',
      '- variable y | var X, y int | Both.',
      '+ interface I | type I interface | I is.',
      '  + method Run | Run(ctx context.Context) error | Run runs.',
      '+ class S | type S[T any] struct',
      '  + property Name | Name, other string | N.',
      '  - property other | Name, other string | N.',
      '  + property Base | *pkg.Base',
      '+ type A | type A int',
      '+ type B | type B = string',
    ])
  })

  it('Rust: visibility, variants, fields, traits, macros', async () => {
    const text = `pub trait T {
  /// m doc
  fn m(&self) -> u8;
  type X;
}
pub(crate) fn inner() {}
pub enum E { A, B(u8), C { x: u8 } }
pub struct S { pub a: u8, b: u8 }
impl T for E { fn m(&self) -> u8 { 1 } }
impl S { fn own() {} }
impl<T> S<T> { pub fn n() {} }
extern "C" { pub fn ext(); }
#[macro_export]
macro_rules! mac { () => {} }
macro_rules! own_mac { () => {} }
`
    expect(await lines('a.rs', text)).toEqual([
      '+ interface T | pub trait T',
      '  + method m | fn m(&self) -> u8 | m doc',
      '  + type X | type X',
      '- function inner | pub(crate) fn inner()',
      '+ enum E | pub enum E',
      '  + property A | A',
      '  + property B | B(u8)',
      '  + property C | C { x: u8 }',
      '+ class S | pub struct S',
      '  + property a | pub a: u8',
      '  - property b | b: u8',
      '+ class E | impl T for E',
      '  + method m | fn m(&self) -> u8',
      '- class S | impl S',
      '  - method own | fn own()',
      '+ class S<T> | impl<T> S<T>',
      '  + method n | pub fn n()',
      '+ function ext | pub fn ext()',
      '+ function mac | macro_rules! mac',
      '- function own_mac | macro_rules! own_mac',
    ])
  })

  it('Java: constants, interfaces, annotations', async () => {
    const text = `public enum Color { RED(1), GREEN; void m() {} private int x; }
public interface G { int run(); int K = 1; }
@Tag("public") class Own {}
public class C { public static final int A = 1, B = 2; }
public @interface Ann { int v() default 1; }
`
    expect(await lines('A.java', text)).toEqual([
      '+ enum Color | public enum Color',
      '  + property RED | RED(1)',
      '  + property GREEN | GREEN',
      '  - method m | void m()',
      '  - property x | private int x',
      '+ interface G | public interface G',
      '  + method run | int run()',
      '  + property K | int K = 1',
      '- class Own | @Tag("public") class Own',
      '+ class C | public class C',
      '  + property A | public static final int A = 1, B = 2',
      '  + property B | public static final int A = 1, B = 2',
      '+ interface Ann | public @interface Ann',
      '  + method v | int v() default 1',
    ])
  })

  it('C#', async () => {
    const text = `namespace A.B {
  /// <summary>Doc.</summary>
  public abstract class C<T> : Base {
    private int x, y;
    /// <summary>Its name.</summary>
    public string Name { get { return n; } set; }
    public C(int a) : base(a) { }
    protected internal async Task<int> RunAsync(string s) => 1;
    public int this[int i] { get { return 1; } }
    public static C operator +(C a, C b) => a;
    class Inner { }
  }
  internal interface I { void M(); }
  public enum Color { Red = 1, Green }
  public record R(int A);
  public delegate void D(int a);
}
`
    expect(await lines('a.cs', text)).toEqual([
      '+ module A.B | namespace A.B',
      '  + class C | public abstract class C<T> : Base | Doc.',
      '    - property x | private int x, y',
      '    - property y | private int x, y',
      '    + property Name | public string Name | Its name.',
      '    + method C | public C(int a) : base(a)',
      '    - method RunAsync | protected internal async Task<int> RunAsync(string s)',
      '    + method this[] | public int this[int i]',
      '    + method operator + | public static C operator +(C a, C b)',
      '    - class Inner | class Inner',
      '  - interface I | internal interface I',
      '    + method M | void M()',
      '  + enum Color | public enum Color',
      '    + property Red | Red = 1',
      '    + property Green | Green',
      '  + class R | public record R(int A)',
      '  + type D | public delegate void D(int a)',
    ])
  })

  it('C++ and C', async () => {
    const text = `#ifndef A_H
#define A_H
#define MAX 3
/// Doc.
namespace a::b {
// A class.
template <typename T>
class C : public B {
  int implicit;
 public:
  /** Makes. */
  C(int a);
  virtual int run(int a) const = 0;
  int inl() { return 1; }
  int (*callback)(int);
 private:
  int secret;
};
enum class E { A = 1, B };
static int hidden() { return 1; }
typedef int Y;
const std::string& ref() { return x; }
namespace { int anon() { return 1; } }
}
#endif
`
    expect(await lines('a.hpp', text)).toEqual([
      '+ variable MAX | #define MAX 3',
      '+ module a::b | namespace a::b | Doc.',
      '  + class C | template <typename T> class C : public B | A class.',
      '    - property implicit | int implicit',
      '    + method C | C(int a) | Makes.',
      '    + method run | virtual int run(int a) const = 0',
      '    + method inl | int inl()',
      '    + property callback | int (*callback)(int)',
      '    - property secret | int secret',
      '  + enum E | enum class E',
      '    + property A | A = 1',
      '    + property B | B',
      '  - function hidden | static int hidden()',
      '  + type Y | typedef int Y',
      '  + function ref | const std::string& ref()',
      '  - module (anonymous namespace) | namespace',
      '    + function anon | int anon()',
    ])
    const c = await outline(
      'a.c',
      '/* Adds. */\nint add(int a) { return a; }\nstatic int *own(void) { return 0; }\n',
    )
    expect([c.language, ...brief(c.symbols)]).toEqual([
      'C',
      '+ function add | int add(int a) | Adds.',
      '- function own | static int *own(void)',
    ])
  })

  it('PHP', async () => {
    const text = `<?php
namespace App;
/** Doc. */
#[Attr]
abstract class C extends B {
  public const K = 1;
  private ?int $x = 1, $z;
  /** Runs. */
  abstract protected function run(string $s): int;
  function open() {}
}
interface I { public function m(): void; }
enum E: string { case A = 'a'; }
function f(int $a): int { return 1; }
const MAX = 3;
`
    expect(await lines('a.php', text)).toEqual([
      '+ class C | #[Attr] abstract class C extends B | Doc.',
      '  + property K | public const K = 1',
      '  - property $x | private ?int $x = 1, $z',
      '  - property $z | private ?int $x = 1, $z',
      '  - method run | abstract protected function run(string $s): int | Runs.',
      '  + method open | function open()',
      '+ interface I | interface I',
      '  + method m | public function m(): void',
      '+ enum E | enum E: string',
      "  + property A | case A = 'a'",
      '+ function f | function f(int $a): int',
      '+ variable MAX | const MAX = 3',
    ])
  })

  it('Ruby', async () => {
    const text = `# Doc.
module A
  # C.
  class C < B
    # K.
    K = 1
    attr_accessor :name, :age
    # init
    def initialize(a, b = 1)
      @a = a
    end
    def self.make = new
    private
    def hidden; end
    public
    def again!(x:); end
    private def one; end
    def later; end
    private :later
    private_class_method :make
    class << self
      def meta; end
    end
  end
end
Point = Struct.new(:x)
`
    expect(await lines('a.rb', text)).toEqual([
      '+ module A | module A | Doc.',
      '  + class C | class C < B | C.',
      '    + property K | K = 1 | K.',
      '    + property name | attr_accessor :name, :age',
      '    + property age | attr_accessor :name, :age',
      '    + method initialize | def initialize(a, b = 1) | init',
      '    - method self.make | def self.make',
      '    - method hidden | def hidden',
      '    + method again! | def again!(x:)',
      '    - method one | def one',
      '    - method later | def later',
      '    + method meta | def meta',
      '+ variable Point | Point = Struct.new(:x)',
    ])
  })
})
