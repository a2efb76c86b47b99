-- The tables of the benchmark, in the schema `ddpp_bench`: two of LSST's alert production (DiaForcedSource, DiaSource), two of the
-- Minor Planet Center (mpc_orbits, obs_sbn), and TPC-H's lineitem. Names and types of the columns are the published ones;
-- the values are made up. bench/run.ts creates and fills them: 5, 0.6, 0.3, 1 and 3 million rows at scale 1.

CREATE SCHEMA ddpp_bench;

CREATE UNLOGGED TABLE ddpp_bench.diaforcedsource (
  "diaForcedSourceId" int8 NOT NULL, "diaObjectId" int8 NOT NULL, ra float8 NOT NULL, dec float8 NOT NULL,
  visit int8 NOT NULL, detector int2 NOT NULL, "psfFlux" float4, "psfFluxErr" float4, "midpointMjdTai" float8 NOT NULL,
  "scienceFlux" float4, "scienceFluxErr" float4, band text, "timeProcessedMjdTai" float8 NOT NULL,
  "timeWithdrawnMjdTai" float8
);

CREATE UNLOGGED TABLE ddpp_bench.diasource (
  "diaSourceId" int8 NOT NULL, visit int8 NOT NULL, detector int2 NOT NULL, "diaObjectId" int8, "ssObjectId" int8,
  "parentDiaSourceId" int8, "ssObjectReassocTimeMjdTai" float8, "midpointMjdTai" float8 NOT NULL, "exposureTime" float4,
  ra float8 NOT NULL, "raErr" float4, dec float8 NOT NULL, "decErr" float4, "ra_dec_Cov" float4, x float4 NOT NULL,
  "xErr" float4, y float4 NOT NULL, "yErr" float4, centroid_flag bool, "apFlux" float4, "apFluxErr" float4,
  "apFlux_flag" bool, "apFlux_flag_apertureTruncated" bool, "isNegative" bool, snr float4, "psfFlux" float4,
  "psfFluxErr" float4, "psfLnL" float4, "psfChi2" float4, "psfNdata" int4 NOT NULL, "psfFlux_flag" bool,
  "psfFlux_flag_edge" bool, "psfFlux_flag_noGoodPixels" bool, "trailFlux" float4, "trailFluxErr" float4,
  "trailRa" float8, "trailRaErr" float4, "trailDec" float8, "trailDecErr" float4, "trailLength" float4,
  "trailLengthErr" float4, "trailAngle" float4, "trailAngleErr" float4, "trailChi2" float4, "trailNdata" int4 NOT NULL,
  "trailAlgorithm" int4, trail_flag_edge bool, trail_flag bool, "dipoleMeanFlux" float4, "dipoleMeanFluxErr" float4,
  "dipoleFluxDiff" float4, "dipoleFluxDiffErr" float4, "dipoleLength" float4, "dipoleAngle" float4, "dipoleChi2" float4,
  "dipoleNdata" int4 NOT NULL, "scienceFlux" float4, "scienceFluxErr" float4, "forced_PsfFlux_flag" bool,
  "forced_PsfFlux_flag_edge" bool, "forced_PsfFlux_flag_noGoodPixels" bool, "templateFlux" float4,
  "templateFluxErr" float4, ixx float4, iyy float4, ixy float4, "ixxPSF" float4, "iyyPSF" float4, "ixyPSF" float4,
  shape_flag bool, shape_flag_no_pixels bool, shape_flag_not_contained bool, shape_flag_parent_source bool,
  extendedness float4, reliability float4, "reliabilityVersion" text, band text, "isDipole" bool,
  "dipoleFitAttempted" bool, "timeProcessedMjdTai" float8 NOT NULL, "timeWithdrawnMjdTai" float8,
  "bboxSize" int4 NOT NULL, "pixelFlags" bool, "pixelFlags_bad" bool, "pixelFlags_cr" bool, "pixelFlags_crCenter" bool,
  "pixelFlags_edge" bool, "pixelFlags_nodata" bool, "pixelFlags_nodataCenter" bool, "pixelFlags_interpolated" bool,
  "pixelFlags_interpolatedCenter" bool, "pixelFlags_offimage" bool, "pixelFlags_saturated" bool,
  "pixelFlags_saturatedCenter" bool, "pixelFlags_suspect" bool, "pixelFlags_suspectCenter" bool,
  "pixelFlags_streak" bool, "pixelFlags_streakCenter" bool, "pixelFlags_injected" bool,
  "pixelFlags_injectedCenter" bool, "pixelFlags_injected_template" bool, "pixelFlags_injected_templateCenter" bool,
  glint_trail bool
);

CREATE UNLOGGED TABLE ddpp_bench.mpc_orbits (
  id int4 NOT NULL, designation text NOT NULL, packed_primary_provisional_designation text NOT NULL,
  unpacked_primary_provisional_designation text NOT NULL, mpc_orb_jsonb jsonb, created_at timestamp,
  updated_at timestamp, orbit_type_int int4, u_param int4, nopp int4, arc_length_total float8, arc_length_sel float8,
  nobs_total int4, nobs_total_sel int4, a float8, q float8, e float8, i float8, node float8, argperi float8,
  peri_time float8, yarkovsky float8, srp float8, a1 float8, a2 float8, a3 float8, dt float8, mean_anomaly float8,
  period float8, mean_motion float8, a_unc float8, q_unc float8, e_unc float8, i_unc float8, node_unc float8,
  argperi_unc float8, peri_time_unc float8, yarkovsky_unc float8, srp_unc float8, a1_unc float8, a2_unc float8,
  a3_unc float8, dt_unc float8, mean_anomaly_unc float8, period_unc float8, mean_motion_unc float8, epoch_mjd float8,
  h float8, g float8, not_normalized_rms float8, normalized_rms float8, earth_moid float8, fitting_datetime timestamp
);

CREATE UNLOGGED TABLE ddpp_bench.obs_sbn (
  id int4 NOT NULL, trksub text, trkid text, obsid text, submission_id text, submission_block_id text, obs80 text,
  status char(1), ref text, healpix int8, permid text, provid text, artsat text, mode text, stn text, trx text,
  rcv text, sys text, ctr int4, pos1 numeric, pos2 numeric, pos3 numeric, poscov11 numeric, poscov12 numeric,
  poscov13 numeric, poscov22 numeric, poscov23 numeric, poscov33 numeric, prog text, obstime timestamp, ra numeric,
  dec numeric, rastar numeric, decstar numeric, obscenter text, deltara numeric, deltadec numeric, dist numeric,
  pa numeric, rmsra numeric, rmsdec numeric, rmsdist numeric, rmspa numeric, rmscorr numeric, delay numeric,
  rmsdelay numeric, doppler numeric, rmsdoppler numeric, astcat text, mag numeric, rmsmag numeric, band text,
  photcat text, photap numeric, nucmag int2, logsnr numeric, seeing numeric, exp numeric, rmsfit numeric, com int2,
  frq numeric, disc char(1), subfrm text, subfmt text, prectime int4, precra numeric, precdec numeric, unctime numeric,
  notes text, remarks text, deprecated char(1), localuse text, nstars int4, prev_desig text, prev_ref text,
  rmstime numeric, created_at timestamptz, updated_at timestamptz, trkmpc text, orbit_id text,
  designation_asterisk bool, all_pub_ref text[], shapeocc bool, obssubid text, replacesobsid text, group_id text
);

CREATE UNLOGGED TABLE ddpp_bench.lineitem (
  l_orderkey int8 NOT NULL, l_partkey int4 NOT NULL, l_suppkey int4 NOT NULL, l_linenumber int4 NOT NULL,
  l_quantity numeric(15,2) NOT NULL, l_extendedprice numeric(15,2) NOT NULL, l_discount numeric(15,2) NOT NULL,
  l_tax numeric(15,2) NOT NULL, l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL, l_shipdate date NOT NULL,
  l_commitdate date NOT NULL, l_receiptdate date NOT NULL, l_shipinstruct text NOT NULL, l_shipmode text NOT NULL,
  l_comment text NOT NULL
);
