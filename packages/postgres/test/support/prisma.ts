import { createRequire } from 'node:module'
import { PrismaPg } from '@prisma/adapter-pg'
import { getPrismaClient } from '@prisma/client/runtime/client'

// Its compiler has no types.
const COMPILER = '@prisma/client/runtime/query_compiler_fast_bg.postgresql'
const load: (name: string) => unknown = createRequire(import.meta.url)

/** What docs/drivers.md takes of a client. */
interface Prisma {
  $queryRawUnsafe<T>(sql: string, ...values: unknown[]): Promise<T>
  $disconnect(): Promise<void>
}

/**
 * A client as `prisma generate` writes it for a schema without models. The command itself is not run: it asks for an
 * engine that is no part of the package, and that a client with an adapter never starts.
 */
export function openPrisma(connectionString: string): Prisma {
  const Client = getPrismaClient({
    previewFeatures: [],
    clientVersion: '7.10.0',
    engineVersion: '',
    activeProvider: 'postgresql',
    inlineSchema: 'datasource db {\n  provider = "postgresql"\n}\n',
    runtimeDataModel: { models: {}, enums: {}, types: {} },
    parameterizationSchema: { strings: [], graph: 'AAAA' },
    compilerWasm: {
      getRuntime: async () => load(`${COMPILER}.js`) as never,
      getQueryCompilerWasmModule: async () => {
        const { wasm } = load(`${COMPILER}.wasm-base64.js`) as { wasm: string }
        return new WebAssembly.Module(Buffer.from(wasm, 'base64'))
      },
      importName: './query_compiler_fast_bg.js',
    },
  })
  return new Client({ adapter: new PrismaPg({ connectionString }) }) as unknown as Prisma
}
