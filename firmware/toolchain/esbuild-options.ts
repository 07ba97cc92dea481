import type { BuildOptions, TransformOptions } from 'esbuild'

/** Syntax that the interpreter runs and esbuild leaves as it is. */
const RUNS = [
  'arrow',
  'class',
  'const-and-let',
  'for-of',
  'template-literal',
  'object-accessors',
  'object-extensions',
  'nullish-coalescing',
  'optional-catch-binding',
]

/**
 * Syntax that it does not run: the first lines esbuild lowers, for the others it has no lowering and refuses,
 * which is an error for free. (`**` would become the inexact Math.pow and private members WeakMap: the
 * dialect check refuses both in the result.)
 */
const DOES_NOT_RUN = [
  'class-field',
  'class-static-field',
  'class-static-blocks',
  'optional-chain',
  'logical-assignment',
  'object-rest-spread',
  'unicode-escapes',
  'default-argument',
  'rest-argument',
  'array-spread',
  'destructuring',
  'generator',
  'async-await',
  'async-generator',
  'for-await',
  'new-target',
  'top-level-await',
  'bigint',
  'decorators',
  'regexp-dot-all-flag',
  'regexp-lookbehind-assertions',
  'regexp-match-indices',
  'regexp-named-capture-groups',
  'regexp-set-notation',
  'regexp-sticky-and-unicode-flags',
  'regexp-unicode-property-escapes',
]

const SUPPORTED: Record<string, boolean> = {
  ...Object.fromEntries(RUNS.map((name) => [name, true])),
  ...Object.fromEntries(DOES_NOT_RUN.map((name) => [name, false])),
}

/**
 * `require` goes through the bundler under another name: esbuild would wrap it in a Proxy, which is missing,
 * and the modules asked for live in the interpreter anyway.
 */
const REQUIRE = 'waypostBoardRequire'

const COMMON = {
  target: 'es2017',
  charset: 'ascii',
  legalComments: 'none',
  platform: 'node',
  supported: SUPPORTED,
  logLevel: 'silent',
} as const satisfies BuildOptions

/**
 * Step 1: every module into one text of plain statements. Not into one function: each function made inside it
 * would hold a variable for its scope, 330 in all.
 */
export function bundleOptions(): BuildOptions {
  return {
    ...COMMON,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    define: { require: REQUIRE },
    treeShaking: true,
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false, target: 'es2017' } },
  }
}

/** Step 3: short text. Never minifySyntax: what it saves in bytes it costs in time (the encoder +37 %). */
export function shortenOptions(): TransformOptions {
  return {
    ...COMMON,
    // Else the outermost names would keep their length.
    format: 'esm',
    minifyWhitespace: true,
    minifyIdentifiers: true,
    minifySyntax: false,
    define: { [REQUIRE]: 'require' },
  }
}
