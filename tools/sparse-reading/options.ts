/** Options that the commands reading a sparse layer have in common. */
import type { ComputerOptions } from '../shared/computer.js';

export interface ReadingOptions extends ComputerOptions {
  /** Which layer of the path, from 0; by default the chosen one. */
  readonly layer?: number;
  /** A .npy file: for each class of the run the layer's class that it belongs to. */
  readonly groups?: string;
  /** The network's own last layer of raw features: weights.npy,bias.npy. */
  readonly own?: string;
  readonly model?: string;
  readonly classes?: string;
  readonly out?: string;
  readonly json?: string;
  readonly batch?: number;
  readonly seed?: number;
  readonly quiet?: boolean;
}

export interface ShowOptions extends ReadingOptions {
  /** Features of the page that have pictures, and pictures of each. */
  readonly features: number;
  readonly pictures: number;
  /** Whether maps are made for the page. */
  readonly maps: boolean;
  /** Steps of gradient ascent for a picture of each feature; true: as many as usual. */
  readonly visualize?: number | true;
}
