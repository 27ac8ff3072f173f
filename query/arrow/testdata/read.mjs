// Reads a Parquet file and prints its columns and its rows, one as JSON in each
// line, and what the values of each host add up to.
import { readFileSync } from 'node:fs'
import { parquetReadObjects, parquetMetadata } from 'hyparquet'

const bytes = readFileSync(process.argv[2])
const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
const columns = parquetMetadata(file).schema.slice(1).map(c => c.name)
const rows = await parquetReadObjects({ file })

// JSON has no number for these values.
const exact = v => typeof v === 'number' && (!Number.isFinite(v) || Object.is(v, -0)) ? (Object.is(v, -0) ? '-0' : String(v)) : v
const sums = new Map()
console.log(JSON.stringify(columns))
for (const row of rows) {
  console.log(JSON.stringify(columns.map(c => c === 'time' ? row[c].getTime() : exact(row[c] ?? null))))
  if ('host' in row) sums.set(row.host, (sums.get(row.host) ?? 0) + row.value)
}
console.log(JSON.stringify(Object.fromEntries([...sums].sort())))
