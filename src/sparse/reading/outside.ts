/** Where in its pictures a feature looks: the share of its map outside the object boxes, beside another feature in the same pictures. */
import { bootstrapMeans, type Interval } from '../../saliency/bootstrap.js';
import { Random } from '../../saliency/random.js';
import type { PictureShape } from '../../saliency/masking.js';
import type { FeatureNetwork } from './feature-network.js';
import { featureMaps, shareOutside } from './maps.js';

/** A picture that excites a feature, with where no box reaches: 1 there in [H*W]. */
export interface BoxedPicture {
  readonly picture: Float32Array;
  readonly outside: Uint8Array;
}

/** Means over a feature's pictures with 95 % intervals. */
export interface OutsideShare {
  readonly feature: number;
  readonly pictures: number;
  /** Share of the feature's map outside the boxes; share of the picture's area there; share of another feature's map. */
  readonly share: Interval;
  readonly area: Interval;
  readonly other: Interval | null;
  /** share - area and share - other. */
  readonly beyondArea: Interval;
  readonly beyondOther: Interval | null;
}

/** Means over features, with intervals over them: share - area, and share - another feature's. */
export interface OutsideMeans {
  readonly features: number;
  readonly beyondArea: Interval;
  readonly beyondOther: Interval | null;
}

const SEED = 0;

/** Null where there is none. */
export function outsideMeans(shares: readonly OutsideShare[]): OutsideMeans | null {
  if (shares.length === 0) return null;
  const mean = (values: readonly number[]): Interval => bootstrapMeans([values], new Random(SEED))[0];
  const other = shares.flatMap((s) => (s.beyondOther ? [s.beyondOther.mean] : []));
  return { features: shares.length, beyondArea: mean(shares.map((s) => s.beyondArea.mean)),
    beyondOther: other.length === shares.length ? mean(other) : null };
}

/**
 * The pictures of one feature; for each, another feature of `used` is drawn. Null where no picture has a map that is not 0. Throws as
 * `featureMaps`.
 */
export async function outsideShare(network: FeatureNetwork, feature: number, pictures: readonly BoxedPicture[], used: readonly number[],
  shape: PictureShape, seed = SEED): Promise<OutsideShare | null> {
  const others = used.filter((j) => j !== feature);
  const random = new Random(seed, feature);
  const drawn = pictures.map(() => (others.length > 0 ? others[random.below(others.length)] : feature));
  const images = pictures.map((p) => p.picture);
  const maps = await featureMaps(network, [...images, ...images], [...images.map(() => feature), ...drawn], shape);
  const rows = pictures.flatMap(({ outside }, k) => {
    const share = shareOutside(maps[k], outside), other = shareOutside(maps[pictures.length + k], outside);
    const area = outside.reduce((sum, v) => sum + v, 0) / outside.length;
    return share === null || other === null ? [] : [{ share, other, area }];
  });
  if (rows.length === 0) return null;
  const columns = [rows.map((r) => r.share), rows.map((r) => r.area), rows.map((r) => r.other), rows.map((r) => r.share - r.area),
    rows.map((r) => r.share - r.other)];
  const [share, area, other, beyondArea, beyondOther] = bootstrapMeans(columns, new Random(seed));
  const has = others.length > 0;
  return { feature, pictures: rows.length, share, area, other: has ? other : null, beyondArea, beyondOther: has ? beyondOther : null };
}
