// Finds and reads a configuration file: TypeScript, JavaScript, JSON or YAML.
import { existsSync, readFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Config, ConfigError, expandEnvironment } from '../../src/index.js'

const NAMES = ['ts', 'js', 'mjs', 'json', 'yaml', 'yml'].map((extension) => `fetchgate.config.${extension}`)

/** A file that is not there or cannot be read. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError'
}

/** The file to read: the one that was named, else the first of the usual names in the folder. */
export function findConfigFile(named: string | undefined, folder: string): string {
  if (named !== undefined) {
    const path = resolve(folder, named)
    if (!existsSync(path)) throw new ConfigFileError(`there is no file ${path}`)
    return path
  }
  const found = NAMES.map((name) => resolve(folder, name)).find((path) => existsSync(path))
  if (found === undefined) throw new ConfigFileError(`there is no ${NAMES[0]} (or .js, .mjs, .json, .yaml, .yml) in ${folder}; name one with --config, use --to URL, or write one with "fetchgate init"`)
  return found
}

/** Reads a file and replaces `${NAME}` from the environment. The result is not checked yet. */
export async function readConfigFile(path: string, environment: Readonly<Record<string, string | undefined>>): Promise<Config> {
  const written = await parse(path).catch((error: unknown) => {
    throw new ConfigFileError(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  })
  const { value, issues } = expandEnvironment(written, environment)
  if (issues.length > 0) throw new ConfigError(issues)
  return value as Config
}

async function parse(path: string): Promise<unknown> {
  switch (extname(path)) {
    case '.json':
      return JSON.parse(readFileSync(path, 'utf8'))
    case '.yaml':
    case '.yml': {
      const { parse: parseYaml } = await import('yaml')
      return parseYaml(readFileSync(path, 'utf8'), { prettyErrors: true })
    }
    default:
      return importModule(path)
  }
}

/**
 * TypeScript has to be compiled on Node 20, and `import 'fetchgate'` has to work in a folder where the package is not
 * installed, as under npx; jiti does both, on every runtime.
 */
async function importModule(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti')
  const jiti = createJiti(import.meta.url, { moduleCache: false, fsCache: false, alias: { fetchgate: fileURLToPath(new URL('./index.js', import.meta.url)) } })
  const loaded = await jiti.import<unknown>(path, { default: true })
  if (loaded === undefined) throw new Error('it has no default export')
  return loaded
}
