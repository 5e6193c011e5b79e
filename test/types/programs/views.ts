import type { AsyncResult, Client, EngineOutputs, Output } from 'pxlab';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only where both types are the same. */
function same<A, B>(_same: Equal<A, B>): void {}

export async function program(client: Client): Promise<void> {
  const one = client.direct(0);
  const many = client.direct('all');

  // One engine gives a value, several a list, also when the list has one id or is text.
  const single = await one.execute<number>('1');
  same<typeof single, number>(true);
  const list = await many.execute<number>('1');
  same<typeof list, number[]>(true);
  const listOfOne = await client.direct([0]).execute<number>('1');
  same<typeof listOfOne, number[]>(true);
  const listOfText = await client.direct('0').execute<number>('1');
  same<typeof listOfText, number[]>(true);
  const listOfFilter = await client.direct((engine) => engine.host === 'a').execute<number>('1');
  same<typeof listOfFilter, number[]>(true);
  const listOfAll = await client.direct().execute<number>('1');
  same<typeof listOfAll, number[]>(true);

  // What is not said is unknown, never any.
  const unsaid = await one.execute('1');
  same<typeof unsaid, unknown>(true);
  const unsaidList = await many.pull('a');
  same<typeof unsaidList, unknown[]>(true);

  // Several names are a list, or a tuple, an engine.
  const pair = await one.pull<[number, string]>(['a', 'b']);
  same<typeof pair, [number, string]>(true);
  const pairs = await many.pull<[number, string]>(['a', 'b']);
  same<typeof pairs, [number, string][]>(true);

  // Defaults of a view do not change its width.
  const limited = await one.with({ timeoutMs: 100, label: 'x' }).execute<string>('""');
  same<typeof limited, string>(true);

  // The handle is a promise of the values, and iterates over single ones.
  const result: AsyncResult<number[], number> = many.execute<number>('1');
  for await (const value of result) same<typeof value, number>(true);
  for await (const output of result.stream()) same<typeof output, Output>(true);
  same<typeof result.outputs, readonly EngineOutputs[]>(true);
  const partial = result.partial();
  same<typeof partial, (number | undefined)[]>(true);

  const balanced = await client.loadBalanced({ retries: 1 }).execute<number>('1');
  same<typeof balanced, number>(true);
  const found = await client.result<number>('id');
  same<typeof found, number>(true);
  const allFound = await client.result<number>(['id']);
  same<typeof allFound, number[]>(true);

  // @ts-expect-error: a view of one engine gives no list
  const wrongList: number[] = await one.execute<number>('1');
  // @ts-expect-error: a view of all engines gives a list
  const wrongSingle: number = await many.execute<number>('1');
  // @ts-expect-error: no targets
  client.direct(null);
  // @ts-expect-error: ids are numbers
  client.direct([0, 'one']);
  // @ts-expect-error: times are in milliseconds and say so
  one.execute('1', { timeout: 100 });
  // @ts-expect-error: values are pushed by name
  one.push(5);
  // @ts-expect-error: the ids of a client are not to be changed
  client.ids.push(7);

  return void [wrongList, wrongSingle];
}
