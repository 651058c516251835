/** A picture's pixels in squares of `cell` a side, numbered row by row; the last of a row or column may be cut off. */
export interface Squares {
  /** [H*W]: which square a pixel is in. */
  readonly of: Int32Array;
  readonly count: number;
}

export function squares([, height, width]: readonly number[], cell: number): Squares {
  const across = Math.ceil(width / cell);
  const of = Int32Array.from({ length: height * width },
    (_, k) => Math.floor(Math.floor(k / width) / cell) * across + Math.floor((k % width) / cell));
  return { of, count: across * Math.ceil(height / cell) };
}

/** A class's logits for so many pictures, each made when it is its turn. */
export type Score = (count: number, picture: (k: number) => Float32Array) => Promise<number[]>;

/** A number for each pixel as a map [C,H,W] of the picture's shape: all channels have the same. */
export function inAllChannels(picture: Float32Array, pixels: number, value: (pixel: number) => number): Float32Array {
  return picture.map((_, k) => value(k % pixels));
}
