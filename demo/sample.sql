-- A sample of 200,000 rows in the shape of two real databases: the Minor Planet Center's replicated tables (obs_sbn,
-- mpc_orbits) and the Rubin Observatory's prompt products (DiaSource, DiaForcedSource). Names and types are the real
-- ones, the values are made up.
SELECT setseed(0.25);

-- Observations of small bodies, one row each, as reported to the Minor Planet Center in the ADES format.
CREATE TABLE public.obs_sbn (
  id integer PRIMARY KEY,
  trksub text, trkid text, obsid text, submission_id text, submission_block_id text, obs80 text,
  status character(1), ref text, healpix bigint, permid text, provid text, artsat text, mode text, stn text,
  trx text, rcv text, sys text, ctr integer, pos1 numeric, pos2 numeric, pos3 numeric,
  poscov11 numeric, poscov12 numeric, poscov13 numeric, poscov22 numeric, poscov23 numeric, poscov33 numeric,
  prog text, obstime timestamp, ra numeric, dec numeric, rastar numeric, decstar numeric, obscenter text,
  deltara numeric, deltadec numeric, dist numeric, pa numeric, rmsra numeric, rmsdec numeric, rmsdist numeric,
  rmspa numeric, rmscorr numeric, delay numeric, rmsdelay numeric, doppler numeric, rmsdoppler numeric,
  astcat text, mag numeric, rmsmag numeric, band text, photcat text, photap numeric, nucmag smallint,
  logsnr numeric, seeing numeric, exp numeric, rmsfit numeric, com smallint, frq numeric, disc character(1),
  subfrm text, subfmt text, prectime integer, precra numeric, precdec numeric, unctime numeric, notes text,
  remarks text, deprecated character(1), localuse text, nstars integer, prev_desig text, prev_ref text,
  rmstime numeric, created_at timestamptz, updated_at timestamptz, trkmpc text, orbit_id text,
  designation_asterisk boolean, all_pub_ref text[], shapeocc boolean, obssubid text, replacesobsid text,
  group_id text
);
COMMENT ON COLUMN public.obs_sbn.obstime IS 'Time of the observation (UTC)';
COMMENT ON COLUMN public.obs_sbn.ra IS 'Right ascension, degrees (J2000)';
COMMENT ON COLUMN public.obs_sbn.dec IS 'Declination, degrees (J2000)';

INSERT INTO public.obs_sbn (
  id, trksub, trkid, obsid, submission_id, obs80, status, healpix, permid, provid, mode, stn, prog,
  obstime, ra, dec, rmsra, rmsdec, rmscorr, astcat, mag, rmsmag, band, photcat, logsnr, seeing, exp, rmsfit,
  disc, subfmt, prectime, notes, remarks, nstars, created_at, updated_at, designation_asterisk, all_pub_ref, obssubid
)
SELECT
  n, 'P' || upper(to_hex(900000 + track)), '0000' || upper(substr(md5(track::text), 1, 8)), substr(md5(n || 'obs'), 1, 22),
  to_char(night, 'YYYY-MM-DD"T"HH24:MI:SS') || '.000_' || substr(md5(night::text), 1, 8),
  format('%-12s C%s %s', 'K26A' || track, to_char(seen, 'YYYY MM DD.SSSSS'), station),
  CASE WHEN u < 0.9 THEN 'P' ELSE 'I' END, (u * 1e10)::bigint,
  CASE WHEN u < 0.4 THEN (1 + track % 700000)::text END,
  CASE WHEN u >= 0.4 THEN '2026 ' || chr(65 + track % 24) || chr(65 + track / 24 % 25) || track % 300 END,
  CASE station WHEN 'C51' THEN 'VID' ELSE 'CCD' END, station, CASE WHEN u < 0.5 THEN 'X' END,
  seen, round((track % 360 + n % 4 * 0.00213 + u / 100)::numeric, 7), round((60 * sin(track) + v / 100)::numeric, 7),
  round((0.02 + v / 10)::numeric, 4), round((0.02 + u / 10)::numeric, 4), CASE WHEN v < 0.7 THEN round((v - 0.35)::numeric, 4) END,
  'Gaia3', round((17 + 7 * sqrt(u))::numeric, 2), CASE WHEN u < 0.95 THEN round((0.02 + v / 5)::numeric, 3) END,
  (ARRAY['Lr', 'Lg', 'Li', 'G', 'o', NULL])[1 + track % 6], 'Gaia3', CASE WHEN v < 0.6 THEN round((2 * v)::numeric, 2) END,
  CASE WHEN station = 'X05' THEN round((0.6 + v)::numeric, 2) END, 30.0, round((v / 10)::numeric, 4),
  CASE WHEN n % 400 = 1 THEN '*' END, 'ADES', 1, CASE WHEN v < 0.05 THEN 'K' END,
  CASE WHEN v < 0.002 THEN 'near a bright star – 3″ away' END, 20 + (u * 900)::integer,
  night + interval '6 hours', night + interval '6 hours' + v * interval '90 days', n % 400 = 1,
  CASE WHEN v < 0.3 THEN ARRAY['MPEC 2026-' || chr(65 + track % 24) || track % 99, 'MPS ' || 2000000 + track] END,
  CASE WHEN station = 'X05' THEN 'DS-' || 170000000000000000 + n * 41::bigint END
FROM (
  SELECT n, n / 4 AS track, u, v, timestamptz '2026-03-01 00:00+00' + n / 2000 * interval '1 day' AS night,
         timestamp '2026-03-01 01:00' + n / 2000 * interval '1 day' + n % 2000 * interval '14.25 seconds' AS seen,
         (ARRAY['X05', 'X05', 'F51', 'T08', 'C51'])[1 + n / 4 % 5] AS station
  FROM (SELECT n, random() AS u, random() AS v FROM generate_series(1, 50000) AS n) AS drawn
) AS observation;

-- Orbits, one row per object, with the whole solution as jsonb.
CREATE TABLE public.mpc_orbits (
  id integer PRIMARY KEY,
  designation text NOT NULL, packed_primary_provisional_designation text NOT NULL,
  unpacked_primary_provisional_designation text NOT NULL, mpc_orb_jsonb jsonb, created_at timestamp,
  updated_at timestamp, orbit_type_int integer, u_param integer, nopp integer, arc_length_total double precision,
  arc_length_sel double precision, nobs_total integer, nobs_total_sel integer, a double precision,
  q double precision, e double precision, i double precision, node double precision, argperi double precision,
  peri_time double precision, yarkovsky double precision, srp double precision, a1 double precision,
  a2 double precision, a3 double precision, dt double precision, mean_anomaly double precision,
  period double precision, mean_motion double precision, a_unc double precision, q_unc double precision,
  e_unc double precision, i_unc double precision, node_unc double precision, argperi_unc double precision,
  peri_time_unc double precision, yarkovsky_unc double precision, srp_unc double precision,
  a1_unc double precision, a2_unc double precision, a3_unc double precision, dt_unc double precision,
  mean_anomaly_unc double precision, period_unc double precision, mean_motion_unc double precision,
  epoch_mjd double precision, h double precision, g double precision, not_normalized_rms double precision,
  normalized_rms double precision, earth_moid double precision, fitting_datetime timestamp
);
COMMENT ON COLUMN public.mpc_orbits.q IS 'Perihelion distance, au';
COMMENT ON COLUMN public.mpc_orbits.e IS 'Eccentricity';

INSERT INTO public.mpc_orbits (
  id, designation, packed_primary_provisional_designation, unpacked_primary_provisional_designation, mpc_orb_jsonb,
  created_at, updated_at, orbit_type_int, u_param, nopp, arc_length_total, arc_length_sel, nobs_total, nobs_total_sel,
  a, q, e, i, node, argperi, peri_time, yarkovsky, mean_anomaly, period, mean_motion, q_unc, e_unc, i_unc, node_unc,
  argperi_unc, peri_time_unc, epoch_mjd, h, g, not_normalized_rms, normalized_rms, earth_moid, fitting_datetime
)
SELECT
  n, '2026 ' || half || n, 'K26' || half || lpad(n::text, 3, '0'), '2026 ' || half || n,
  jsonb_build_object(
    'designation_data', jsonb_build_object('permid', NULL, 'unpacked_primary_provisional_designation', '2026 ' || half || n),
    'COM', jsonb_build_object(
      'coefficient_names', ARRAY['q', 'e', 'i', 'node', 'argperi', 'peri_time'],
      'coefficient_values', ARRAY[a * (1 - e), e, 30 * u * v, 360 * u, 360 * v, 61000 + 900 * u]),
    'epoch_data', jsonb_build_object('epoch', 61200, 'timeform', 'MJD', 'timesystem', 'TDT'),
    'magnitude_data', jsonb_build_object('H', round((12 + 9 * u)::numeric, 2), 'G', 0.15, 'photometric_model', 'HG')),
  fitted - interval '40 days', fitted, CASE WHEN a * (1 - e) < 1.3 THEN 20 ELSE 10 + n % 4 END, (9 * u)::integer,
  1 + n % 12, 400 * u * (n % 22), CASE WHEN v < 0.8 THEN 400 * u * (n % 22) END, 12 + n % 900, 12 + n % 880,
  a, a * (1 - e), e, 30 * u * v, 360 * u, 360 * v, 61000 + 900 * u, CASE WHEN n % 500 = 0 THEN -0.0021 * u END,
  360 * v, 365.25 * a ^ 1.5, 0.98561 / a ^ 1.5, 1e-7 * u, 1e-7 * v, 1e-5 * u, 1e-5 * v,
  CASE WHEN v < 0.9 THEN 1e-4 * u END, 1e-3 * v, 61200, round((12 + 9 * u)::numeric, 2), 0.15, 0.2 + u / 4, 0.6 + v / 2,
  CASE WHEN e < 1 THEN abs(a * (1 - e) - 1) END, fitted
FROM (
  SELECT n, u, v, chr(65 + n % 24) || chr(65 + n / 24 % 25) AS half, 1.9 + 1.6 * v AS a, 0.6 * u * u AS e,
         timestamp '2026-05-01 03:00' + n * interval '11.7 seconds' AS fitted
  FROM (SELECT n, random() AS u, random() AS v FROM generate_series(1, 8000) AS n) AS drawn
) AS orbit;

-- Detections in difference images.
CREATE SCHEMA ppdb;
CREATE TABLE ppdb."DiaSource" (
  "diaSourceId" bigint PRIMARY KEY,
  visit bigint NOT NULL, detector smallint NOT NULL, "diaObjectId" bigint, "ssObjectId" bigint,
  "parentDiaSourceId" bigint, "ssObjectReassocTimeMjdTai" double precision,
  "midpointMjdTai" double precision NOT NULL, "exposureTime" real, ra double precision NOT NULL, "raErr" real,
  dec double precision NOT NULL, "decErr" real, "ra_dec_Cov" real, x real NOT NULL, "xErr" real, y real NOT NULL,
  "yErr" real, centroid_flag boolean, "apFlux" real, "apFluxErr" real, "apFlux_flag" boolean,
  "apFlux_flag_apertureTruncated" boolean, "isNegative" boolean, snr real, "psfFlux" real, "psfFluxErr" real,
  "psfLnL" real, "psfChi2" real, "psfNdata" integer NOT NULL, "psfFlux_flag" boolean,
  "psfFlux_flag_edge" boolean, "psfFlux_flag_noGoodPixels" boolean, "trailFlux" real, "trailFluxErr" real,
  "trailRa" double precision, "trailRaErr" real, "trailDec" double precision, "trailDecErr" real,
  "trailLength" real, "trailLengthErr" real, "trailAngle" real, "trailAngleErr" real, "trailChi2" real,
  "trailNdata" integer NOT NULL, "trailAlgorithm" integer, trail_flag_edge boolean, trail_flag boolean,
  "dipoleMeanFlux" real, "dipoleMeanFluxErr" real, "dipoleFluxDiff" real, "dipoleFluxDiffErr" real,
  "dipoleLength" real, "dipoleAngle" real, "dipoleChi2" real, "dipoleNdata" integer NOT NULL,
  "scienceFlux" real, "scienceFluxErr" real, "forced_PsfFlux_flag" boolean, "forced_PsfFlux_flag_edge" boolean,
  "forced_PsfFlux_flag_noGoodPixels" boolean, "templateFlux" real, "templateFluxErr" real, ixx real, iyy real,
  ixy real, "ixxPSF" real, "iyyPSF" real, "ixyPSF" real, shape_flag boolean, shape_flag_no_pixels boolean,
  shape_flag_not_contained boolean, shape_flag_parent_source boolean, extendedness real, reliability real,
  "reliabilityVersion" text, band text, "isDipole" boolean, "dipoleFitAttempted" boolean,
  "timeProcessedMjdTai" double precision NOT NULL, "timeWithdrawnMjdTai" double precision,
  "bboxSize" integer NOT NULL, "pixelFlags" boolean, "pixelFlags_bad" boolean, "pixelFlags_cr" boolean,
  "pixelFlags_crCenter" boolean, "pixelFlags_edge" boolean, "pixelFlags_nodata" boolean,
  "pixelFlags_nodataCenter" boolean, "pixelFlags_interpolated" boolean, "pixelFlags_interpolatedCenter" boolean,
  "pixelFlags_offimage" boolean, "pixelFlags_saturated" boolean, "pixelFlags_saturatedCenter" boolean,
  "pixelFlags_suspect" boolean, "pixelFlags_suspectCenter" boolean, "pixelFlags_streak" boolean,
  "pixelFlags_streakCenter" boolean, "pixelFlags_injected" boolean, "pixelFlags_injectedCenter" boolean,
  "pixelFlags_injected_template" boolean, "pixelFlags_injected_templateCenter" boolean, glint_trail boolean
);
COMMENT ON COLUMN ppdb."DiaSource"."psfFlux" IS 'Flux of the point-source model, nJy';

INSERT INTO ppdb."DiaSource" (
  "diaSourceId", visit, detector, "diaObjectId", "ssObjectId", "midpointMjdTai", "exposureTime",
  ra, "raErr", dec, "decErr", "ra_dec_Cov", x, "xErr", y, "yErr", centroid_flag,
  "apFlux", "apFluxErr", "apFlux_flag", "apFlux_flag_apertureTruncated", "isNegative", snr,
  "psfFlux", "psfFluxErr", "psfLnL", "psfChi2", "psfNdata", "psfFlux_flag", "psfFlux_flag_edge",
  "psfFlux_flag_noGoodPixels", "trailFlux", "trailRa", "trailDec", "trailLength", "trailAngle", "trailNdata", trail_flag,
  "dipoleMeanFlux", "dipoleFluxDiff", "dipoleLength", "dipoleAngle", "dipoleNdata",
  "scienceFlux", "scienceFluxErr", "forced_PsfFlux_flag", "templateFlux", "templateFluxErr",
  ixx, iyy, ixy, "ixxPSF", "iyyPSF", "ixyPSF", shape_flag, extendedness, reliability, "reliabilityVersion", band,
  "isDipole", "dipoleFitAttempted", "timeProcessedMjdTai", "timeWithdrawnMjdTai", "bboxSize",
  "pixelFlags", "pixelFlags_bad", "pixelFlags_cr", "pixelFlags_edge", "pixelFlags_nodata", "pixelFlags_interpolated",
  "pixelFlags_saturated", "pixelFlags_suspect", "pixelFlags_streak", "pixelFlags_injected", glint_trail
)
SELECT
  170032934000000000 + n * 37::bigint, 2026030100000 + n / 150, n / 5 % 189,
  CASE WHEN u < 0.8 THEN 313853700000000000 + (u * 1e6)::bigint END, CASE WHEN u >= 0.8 THEN 21163600000000000 + (u * 1e6)::bigint END,
  mjd, 30, ra, err, dec, err * 0.9, CASE WHEN v < 0.9 THEN err * err * (v - 0.5) END,
  4071 * u, 0.02 + v / 5, 3999 * v, 0.02 + u / 5, v < 0.01,
  flux * (0.95 + u / 10), noise * 1.3, u < 0.02, u < 0.01, flux < 0, abs(flux) / noise,
  CASE WHEN v < 0.98 THEN flux END, CASE WHEN v < 0.98 THEN noise END, -1200 * u, 1700 * v, 1681, v >= 0.98, v >= 0.99,
  v >= 0.995, flux * 1.01, ra, dec, 3 * u * u, 360 * v, 1681, u < 0.1,
  CASE WHEN u < 0.05 THEN flux END, CASE WHEN u < 0.05 THEN flux / 9 END, CASE WHEN u < 0.05 THEN v END,
  CASE WHEN u < 0.05 THEN 360 * v END, CASE WHEN u < 0.05 THEN 1681 ELSE 0 END,
  flux * 4, noise, u < 0.001, flux * 3, noise / 3,
  CASE WHEN v < 0.02 THEN 'NaN' ELSE 0.06 + u / 50 END, 0.06 + v / 50, (u - v) / 100, 0.061, 0.059, 0.0004, v < 0.02,
  round(u), CASE WHEN v < 0.99 THEN v END, CASE WHEN v < 0.99 THEN 'rbResnet50-v' || 3 + n / 15000 END,
  (ARRAY['u', 'g', 'r', 'i', 'z', 'y'])[1 + n / 150 % 6],
  u < 0.05, u < 0.2, mjd + 0.002, CASE WHEN u < 0.001 THEN mjd + 30 END, 18 + (30 * u)::integer,
  u < 0.2, u < 0.01, u < 0.03, v < 0.01, v < 0.02, u < 0.12,
  u < 0.02, u < 0.04, u BETWEEN 0.05 AND 0.06, false, CASE WHEN v < 0.95 THEN u < 0.002 END
FROM (
  SELECT n, u, v, 61100 + n / 150 * 0.00045 AS mjd, 150 + 3.5 * u AS ra, 2 + 3.5 * v AS dec, 1e-5 + v / 1e5 AS err,
         (CASE WHEN u < 0.25 THEN -1 ELSE 1 END) * 600 * exp(5 * v * v) AS flux, 90 + 40 * u AS noise
  FROM (SELECT n, random() AS u, random() AS v FROM generate_series(1, 22000) AS n) AS drawn
) AS detection;

-- Photometry at the places of known objects, visit by visit: the longest table, and a narrow one.
CREATE TABLE ppdb."DiaForcedSource" (
  "diaForcedSourceId" bigint NOT NULL, "diaObjectId" bigint NOT NULL, ra double precision NOT NULL,
  dec double precision NOT NULL, visit bigint NOT NULL, detector smallint NOT NULL, "psfFlux" real,
  "psfFluxErr" real, "midpointMjdTai" double precision NOT NULL, "scienceFlux" real, "scienceFluxErr" real,
  band text, "timeProcessedMjdTai" double precision NOT NULL, "timeWithdrawnMjdTai" double precision,
  PRIMARY KEY ("diaObjectId", visit, detector)
);

INSERT INTO ppdb."DiaForcedSource"
SELECT
  170032990000000000 + n * 13::bigint, 313853700000000000 + object, 150 + 3.5 * sin(object) ^ 2, 2 + 3.5 * cos(object) ^ 2,
  2026030100000 + n / 6000, object % 189, CASE WHEN u < 0.97 THEN 250 * (v - 0.3) END, CASE WHEN u < 0.97 THEN 90 + 20 * u END,
  mjd, CASE WHEN u < 0.97 THEN 400 + 250 * v END, CASE WHEN u < 0.97 THEN 95 + 20 * u END,
  (ARRAY['u', 'g', 'r', 'i', 'z', 'y'])[1 + n / 6000 % 6], mjd + 0.002, CASE WHEN u < 0.001 THEN mjd + 30 END
FROM (
  SELECT n, n % 6000 AS object, u, v, 61100 + n / 6000 * 0.00045 AS mjd
  FROM (SELECT n, random() AS u, random() AS v FROM generate_series(0, 119999) AS n) AS drawn
) AS forced;

ANALYZE public.obs_sbn, public.mpc_orbits, ppdb."DiaSource", ppdb."DiaForcedSource";
