// Bundles the dashboard into dist, which the program embeds. `node build.mjs`
import { build } from 'esbuild'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const dist = join(here, 'dist')

const made = await build({
  absWorkingDir: here,
  entryPoints: { app: 'src/main.tsx', stream: 'src/live/worker.ts' },
  outdir: 'dist',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none', // licences.txt has them whole
  metafile: true,
  logLevel: 'warning',
})

// What is bundled is other people's; their licences go with it.
const packages = new Set()
for (const input of Object.keys(made.metafile.inputs)) {
  const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]
  if (name) packages.add(name)
}
let licences = 'The dashboard contains these packages, whose licences follow.\n'
for (const name of [...packages].sort()) {
  const dir = join(here, 'node_modules', name)
  const { version, license } = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8'))
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license'].map((f) => join(dir, f)).find(existsSync)
  if (!file) throw new Error(`${name} has no licence file beside its package.json; say in build.mjs where it is`)
  licences += `\n== ${name} ${version} (${license})\n\n${await readFile(file, 'utf8')}`
}
await writeFile(join(dist, 'licences.txt'), licences)
await copyFile(join(here, 'src', 'icon.svg'), join(dist, 'icon.svg'))
await copyFile(join(here, 'src', 'index.html'), join(dist, 'index.html')) // last: with it the dashboard counts as built
