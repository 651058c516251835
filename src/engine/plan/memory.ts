/** Buffers shared by lifetime: tensors that never live at the same time lie in one buffer, largest first. */

export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export interface Assignment {
  /** Buffer of each tensor, in the order given. */
  readonly bufferOf: readonly number[];
  /** Bytes of each buffer. */
  readonly buffers: readonly number[];
}

/**
 * Tensors in order of size, each into the free buffer that fits it best (all are large enough, since larger tensors went
 * first), else into a new one. first and last are the dispatches that write it first and read it last, both included.
 */
export function assign(tensors: readonly Lifetime[]): Assignment {
  const bufferOf = new Array<number>(tensors.length).fill(-1);
  const buffers: { bytes: number; taken: Lifetime[] }[] = [];
  const bySize = tensors.map((_, k) => k).sort((a, b) => tensors[b].bytes - tensors[a].bytes || a - b);
  for (const k of bySize) {
    const t = tensors[k];
    let best = -1;
    buffers.forEach((buffer, j) => {
      const free = buffer.taken.every((o) => o.last < t.first || o.first > t.last);
      if (free && (best < 0 || buffer.bytes < buffers[best].bytes)) best = j;
    });
    if (best < 0) best = buffers.push({ bytes: t.bytes, taken: [] }) - 1;
    buffers[best].taken.push(t);
    bufferOf[k] = best;
  }
  return { bufferOf, buffers: buffers.map((b) => b.bytes) };
}
