/** The convolutions of a network's graph: where a weight is used, how filters are numbered, how a mask turns them off. */
import type { Node } from './graph.js';

/** One use of a convolution's weight. */
export interface ConvUse {
  /** Name of the weight: uses of one weight are one layer. */
  readonly weight: string;
  /** x [N,C,H,W] that the convolution reads. */
  readonly input: Node;
  /** The convolution [N,K,OH,OW] alone, before bias, batch norm and mask; its second input is the weight as [K,C/groups,R,S]. */
  readonly output: Node<'conv'>;
  /**
   * Where the convolution's weight is computed: the weight that a filter's own numbers stand in (filter after filter), and what is
   * computed of it, as [K, ...]. Saliency is by the former.
   */
  readonly computed?: { readonly from: Node<'input'>; readonly value: Node };
  /**
   * Where its channels end, where that is known: the tensor that a mask makes zero, [N, ...] with its channels along `axis`. It comes
   * after bias and normalization, and before any activation function.
   */
  readonly end?: { readonly node: Node; readonly axis: number };
}

/** One convolution weight: its filters are [offset, offset + filters) of all the network's, numbered by first use. */
export interface Layer {
  /** What people call it, unlike that of any other layer: `layer4.2.conv3` of the weight `layer4.2.conv3.weight`. */
  readonly name: string;
  /** Name in the file of the (first) convolution node that uses it. */
  readonly node: string;
  readonly weight: string;
  readonly filters: number;
  readonly offset: number;
}

/**
 * 'channel': the channel is multiplied by the mask where its batch norm or bias ends, exactly zero where off.
 * 'paper' (Levin et al., arXiv 2108.01335, section 3.1): weight and batch norm shift are multiplied, which leaves the
 * channel at -scale * mean / sqrt(variance + epsilon).
 */
export type MaskMode = 'channel' | 'paper';

export interface MaskOptions {
  /** [batch, filters], where 1 keeps a filter's channel and 0 turns it off. */
  readonly channelMask?: Node;
  /** 'channel' where not given. */
  readonly maskMode?: MaskMode;
}
