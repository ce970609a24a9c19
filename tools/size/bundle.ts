import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'

/** The build of the library. */
export const dist: string = join(import.meta.dirname, '../../packages/forebay/dist')

/** Bytes, minified and gzipped, of a program beside the build of the library. */
export async function bundledSize(program: string, plugins: Plugin[] = []): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: dist },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    plugins,
  })
  return gzipSync(outputFiles[0]?.contents ?? '').length
}
