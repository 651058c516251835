/** A decoded picture: 8 bits a channel, red, green and blue interleaved, row after row from the top: [height, width, 3]. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
