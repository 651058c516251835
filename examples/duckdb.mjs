/**
 * A run's Parquet files in DuckDB (npm install @duckdb/node-api): the worst mistakes, and which filters a class's mistakes have in
 * common.
 *
 *     node examples/duckdb.mjs RUN       # RUN is what `misfire profile DATA --model M.onnx --out RUN` wrote
 */
import { DuckDBInstance } from '@duckdb/node-api';

const [run] = process.argv.slice(2);
if (run === undefined) {
  console.error('give the folder of a run: node examples/duckdb.mjs RUN');
  process.exit(1);
}

const connection = await (await DuckDBInstance.create(':memory:')).connect();
const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
await connection.run(`create view samples as select * from '${run.replaceAll("'", "''")}/samples/*.parquet'`);

const [{ samples, wrong }] = await rows('select count(*) as samples, count(*) filter (label <> predicted) as wrong from samples');
console.log(`${samples} samples, ${wrong} misclassified`);

console.log('the worst mistakes:');
for (const row of await rows('select id, label, predicted, loss from samples where label <> predicted order by loss desc limit 5')) {
  console.log(`  sample ${row.id}: class ${row.label} taken for ${row.predicted}, loss ${Number(row.loss).toFixed(3)}`);
}

// A profile is a list; unnest makes a row of each filter. Filters are counted from 0, lists from 1.
const filters = await rows(`
  with each_filter as (
    select label <> predicted as wrong, unnest(profile) as saliency, generate_subscripts(profile, 1) - 1 as filter from samples)
  select filter, avg(saliency) filter (wrong) / avg(saliency) filter (not wrong) as times
  from each_filter group by filter having times is not null order by times desc, filter limit 5`);
console.log('filters whose saliency grows most where the network is wrong:');
for (const { filter, times } of filters) console.log(`  filter ${filter}: ${Number(times).toPrecision(3)} times as high`);
connection.closeSync();
