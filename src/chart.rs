//! A pure picture: candles and averages to a scene, a scene to any drawing backend.
