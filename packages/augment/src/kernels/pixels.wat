;; Passes over uint8 RGB pixels in 128-bit SIMD, in integers, so that results are the same bytes everywhere; the
;; JavaScript next to each caller does the same arithmetic. Pixels are processed in groups of eight: the caller leaves 32
;; bytes of room after the last one. Shares are in 1/65536, split as `whole * 65536 + part`, part a signed 16-bit number.
;;
;; The engine does not inline functions, and calls took half of the time, so code shared by several passes is repeated:
;; - eight pixels are 24 bytes, loaded as bytes 0..15 ($a) and 8..23 ($b), and swizzled into channels of eight 16-bit values;
;; - gray is (19595 R + 38470 G + 7471 B + 32768) >> 16, where 38470 is 65536 - 27066, and 32768 twice 16384;
;; - a blend is base + share * (value - base), rounded down;
;; - $rg and $bb are channels clamped to 0..255, shuffled back into 24 bytes.
(module
  (memory (export "memory") 8)

  (func (export "saturate") (param $at i32) (param $end i32) (param $whole i32) (param $part i32)
    (local $a v128) (local $b v128) (local $r v128) (local $g v128) (local $blue v128) (local $gray v128)
    (local $w v128) (local $p v128) (local $difference v128) (local $rg v128) (local $bb v128)
    (local.set $w (i16x8.splat (local.get $whole)))
    (local.set $p (i16x8.splat (local.get $part)))
    (loop $eights
      (local.set $a (v128.load (local.get $at)))
      (local.set $b (v128.load offset=8 (local.get $at)))
      (local.set $r
        (v128.or
          (i8x16.swizzle (local.get $a) (v128.const i8x16 0 -1 3 -1 6 -1 9 -1 12 -1 15 -1 -1 -1 -1 -1))
          (i8x16.swizzle (local.get $b) (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 10 -1 13 -1))))
      (local.set $g
        (v128.or
          (i8x16.swizzle (local.get $a) (v128.const i8x16 1 -1 4 -1 7 -1 10 -1 13 -1 -1 -1 -1 -1 -1 -1))
          (i8x16.swizzle (local.get $b) (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 8 -1 11 -1 14 -1))))
      (local.set $blue
        (v128.or
          (i8x16.swizzle (local.get $a) (v128.const i8x16 2 -1 5 -1 8 -1 11 -1 14 -1 -1 -1 -1 -1 -1 -1))
          (i8x16.swizzle (local.get $b) (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 9 -1 12 -1 15 -1))))
      (local.set $gray
        (i16x8.add
          (local.get $g)
          (i16x8.narrow_i32x4_s
            (i32x4.shr_s
              (i32x4.add
                (i32x4.dot_i16x8_s
                  (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23 (local.get $r) (local.get $g))
                  (v128.const i16x8 19595 -27066 19595 -27066 19595 -27066 19595 -27066))
                (i32x4.dot_i16x8_s
                  (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23
                    (local.get $blue)
                    (v128.const i16x8 2 2 2 2 2 2 2 2))
                  (v128.const i16x8 7471 16384 7471 16384 7471 16384 7471 16384)))
              (i32.const 16))
            (i32x4.shr_s
              (i32x4.add
                (i32x4.dot_i16x8_s
                  (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31 (local.get $r) (local.get $g))
                  (v128.const i16x8 19595 -27066 19595 -27066 19595 -27066 19595 -27066))
                (i32x4.dot_i16x8_s
                  (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31
                    (local.get $blue)
                    (v128.const i16x8 2 2 2 2 2 2 2 2))
                  (v128.const i16x8 7471 16384 7471 16384 7471 16384 7471 16384)))
              (i32.const 16)))))
      (local.set $rg
        (i8x16.narrow_i16x8_u
          (i16x8.add
            (i16x8.add
              (local.get $gray)
              (i16x8.mul (local.get $w) (local.tee $difference (i16x8.sub (local.get $r) (local.get $gray)))))
            (i16x8.narrow_i32x4_s
              (i32x4.shr_s (i32x4.extmul_low_i16x8_s (local.get $p) (local.get $difference)) (i32.const 16))
              (i32x4.shr_s (i32x4.extmul_high_i16x8_s (local.get $p) (local.get $difference)) (i32.const 16))))
          (i16x8.add
            (i16x8.add
              (local.get $gray)
              (i16x8.mul (local.get $w) (local.tee $difference (i16x8.sub (local.get $g) (local.get $gray)))))
            (i16x8.narrow_i32x4_s
              (i32x4.shr_s (i32x4.extmul_low_i16x8_s (local.get $p) (local.get $difference)) (i32.const 16))
              (i32x4.shr_s (i32x4.extmul_high_i16x8_s (local.get $p) (local.get $difference)) (i32.const 16))))))
      (local.set $bb
        (i8x16.narrow_i16x8_u
          (i16x8.add
            (i16x8.add
              (local.get $gray)
              (i16x8.mul (local.get $w) (local.tee $difference (i16x8.sub (local.get $blue) (local.get $gray)))))
            (i16x8.narrow_i32x4_s
              (i32x4.shr_s (i32x4.extmul_low_i16x8_s (local.get $p) (local.get $difference)) (i32.const 16))
              (i32x4.shr_s (i32x4.extmul_high_i16x8_s (local.get $p) (local.get $difference)) (i32.const 16))))
          (i16x8.add
            (i16x8.add
              (local.get $gray)
              (i16x8.mul (local.get $w) (local.tee $difference (i16x8.sub (local.get $blue) (local.get $gray)))))
            (i16x8.narrow_i32x4_s
              (i32x4.shr_s (i32x4.extmul_low_i16x8_s (local.get $p) (local.get $difference)) (i32.const 16))
              (i32x4.shr_s (i32x4.extmul_high_i16x8_s (local.get $p) (local.get $difference)) (i32.const 16))))))
      (v128.store
        (local.get $at)
        (i8x16.shuffle 0 8 16 1 9 17 2 10 18 3 11 19 4 12 20 5 (local.get $rg) (local.get $bb)))
      (v128.store64_lane 0
        (i32.add (local.get $at) (i32.const 16))
        (i8x16.shuffle 13 21 6 14 22 7 15 23 0 0 0 0 0 0 0 0 (local.get $rg) (local.get $bb)))
      (local.set $at (i32.add (local.get $at) (i32.const 24)))
      (br_if $eights (i32.lt_u (local.get $at) (local.get $end)))))

  ;; The sum of the pixels' gray levels.
  (func (export "sumGray") (param $at i32) (param $end i32) (result i32)
    (local $a v128) (local $b v128) (local $sum v128)
    (loop $eights
      (local.set $a (v128.load (local.get $at)))
      (local.set $b (v128.load offset=8 (local.get $at)))
      (local.set $sum
        (i32x4.add (local.get $sum)
          (i32x4.extadd_pairwise_i16x8_u
            (i16x8.add
              (v128.or
                (i8x16.swizzle (local.get $a) (v128.const i8x16 1 -1 4 -1 7 -1 10 -1 13 -1 -1 -1 -1 -1 -1 -1))
                (i8x16.swizzle (local.get $b) (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 8 -1 11 -1 14 -1)))
              (i16x8.narrow_i32x4_s
                (i32x4.shr_s
                  (i32x4.add
                    (i32x4.dot_i16x8_s
                      (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23
                        (v128.or
                          (i8x16.swizzle
                            (local.get $a)
                            (v128.const i8x16 0 -1 3 -1 6 -1 9 -1 12 -1 15 -1 -1 -1 -1 -1))
                          (i8x16.swizzle
                            (local.get $b)
                            (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 10 -1 13 -1)))
                        (v128.or
                          (i8x16.swizzle
                            (local.get $a)
                            (v128.const i8x16 1 -1 4 -1 7 -1 10 -1 13 -1 -1 -1 -1 -1 -1 -1))
                          (i8x16.swizzle
                            (local.get $b)
                            (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 8 -1 11 -1 14 -1))))
                      (v128.const i16x8 19595 -27066 19595 -27066 19595 -27066 19595 -27066))
                    (i32x4.dot_i16x8_s
                      (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23
                        (v128.or
                          (i8x16.swizzle
                            (local.get $a)
                            (v128.const i8x16 2 -1 5 -1 8 -1 11 -1 14 -1 -1 -1 -1 -1 -1 -1))
                          (i8x16.swizzle
                            (local.get $b)
                            (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 9 -1 12 -1 15 -1)))
                        (v128.const i16x8 2 2 2 2 2 2 2 2))
                      (v128.const i16x8 7471 16384 7471 16384 7471 16384 7471 16384)))
                  (i32.const 16))
                (i32x4.shr_s
                  (i32x4.add
                    (i32x4.dot_i16x8_s
                      (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31
                        (v128.or
                          (i8x16.swizzle
                            (local.get $a)
                            (v128.const i8x16 0 -1 3 -1 6 -1 9 -1 12 -1 15 -1 -1 -1 -1 -1))
                          (i8x16.swizzle
                            (local.get $b)
                            (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 10 -1 13 -1)))
                        (v128.or
                          (i8x16.swizzle
                            (local.get $a)
                            (v128.const i8x16 1 -1 4 -1 7 -1 10 -1 13 -1 -1 -1 -1 -1 -1 -1))
                          (i8x16.swizzle
                            (local.get $b)
                            (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 8 -1 11 -1 14 -1))))
                      (v128.const i16x8 19595 -27066 19595 -27066 19595 -27066 19595 -27066))
                    (i32x4.dot_i16x8_s
                      (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31
                        (v128.or
                          (i8x16.swizzle
                            (local.get $a)
                            (v128.const i8x16 2 -1 5 -1 8 -1 11 -1 14 -1 -1 -1 -1 -1 -1 -1))
                          (i8x16.swizzle
                            (local.get $b)
                            (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 9 -1 12 -1 15 -1)))
                        (v128.const i16x8 2 2 2 2 2 2 2 2))
                      (v128.const i16x8 7471 16384 7471 16384 7471 16384 7471 16384)))
                  (i32.const 16)))))))
      (local.set $at (i32.add (local.get $at) (i32.const 24)))
      (br_if $eights (i32.lt_u (local.get $at) (local.get $end))))
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
      (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))

  ;; $turn is a fraction of half a circle, in 1/32768. A channel is below the largest value by 0 within a sixth of the
  ;; circle from its pure color, by the whole chroma beyond a third, and linearly in between; in sixteenths of a level.
  (func (export "turnHue") (param $at i32) (param $end i32) (param $turn i32)
    (local $a v128) (local $b v128) (local $r v128) (local $g v128) (local $blue v128)
    (local $high v128) (local $chroma v128) (local $third v128) (local $circle v128) (local $place v128)
    (local $turns v128) (local $far v128) (local $rg v128) (local $bb v128)
    (local.set $turns (i16x8.splat (local.get $turn)))
    (loop $eights
      (local.set $a (v128.load (local.get $at)))
      (local.set $b (v128.load offset=8 (local.get $at)))
      (local.set $r
        (v128.or
          (i8x16.swizzle (local.get $a) (v128.const i8x16 0 -1 3 -1 6 -1 9 -1 12 -1 15 -1 -1 -1 -1 -1))
          (i8x16.swizzle (local.get $b) (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 10 -1 13 -1))))
      (local.set $g
        (v128.or
          (i8x16.swizzle (local.get $a) (v128.const i8x16 1 -1 4 -1 7 -1 10 -1 13 -1 -1 -1 -1 -1 -1 -1))
          (i8x16.swizzle (local.get $b) (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 8 -1 11 -1 14 -1))))
      (local.set $blue
        (v128.or
          (i8x16.swizzle (local.get $a) (v128.const i8x16 2 -1 5 -1 8 -1 11 -1 14 -1 -1 -1 -1 -1 -1 -1))
          (i8x16.swizzle (local.get $b) (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 9 -1 12 -1 15 -1))))
      (local.set $high (i16x8.max_s (i16x8.max_s (local.get $r) (local.get $g)) (local.get $blue)))
      (local.set $chroma
        (i16x8.sub (local.get $high)
          (i16x8.min_s (i16x8.min_s (local.get $r) (local.get $g)) (local.get $blue))))
      (local.set $third (i16x8.shl (local.get $chroma) (i32.const 1)))
      ;; The position on the circle of six chromas, counted from red: by the largest channel, red before green before blue.
      (local.set $place
        (v128.bitselect
          (i16x8.sub (local.get $g) (local.get $blue))
          (v128.bitselect
            (i16x8.add (local.get $third) (i16x8.sub (local.get $blue) (local.get $r)))
            (i16x8.sub (i16x8.sub (local.get $r) (local.get $g)) (local.get $third))
            (i16x8.eq (local.get $high) (local.get $g)))
          (i16x8.eq (local.get $high) (local.get $r))))
      (local.set $chroma (i16x8.shl (local.get $chroma) (i32.const 4)))
      (local.set $third (i16x8.shl (local.get $third) (i32.const 4)))
      (local.set $circle (i16x8.add (local.get $chroma) (local.get $third)))
      (local.set $place
        (i16x8.add (i16x8.shl (local.get $place) (i32.const 4))
          (i16x8.q15mulr_sat_s (local.get $circle) (local.get $turns))))
      (local.set $circle (i16x8.shl (local.get $circle) (i32.const 1)))
      (local.set $rg
        (i8x16.narrow_i16x8_u
          (i16x8.sub
            (local.get $high)
            (i16x8.shr_u
              (i16x8.add
                (i16x8.min_s
                  (local.get $chroma)
                  (i16x8.max_s
                    (i16x8.sub
                      (i16x8.min_s
                        (local.tee $far (i16x8.abs (local.get $place)))
                        (i16x8.abs (i16x8.sub (local.get $circle) (local.get $far))))
                      (local.get $chroma))
                    (v128.const i16x8 0 0 0 0 0 0 0 0)))
                (v128.const i16x8 8 8 8 8 8 8 8 8))
              (i32.const 4)))
          (i16x8.sub
            (local.get $high)
            (i16x8.shr_u
              (i16x8.add
                (i16x8.min_s
                  (local.get $chroma)
                  (i16x8.max_s
                    (i16x8.sub
                      (i16x8.min_s
                        (local.tee $far (i16x8.abs (i16x8.sub (local.get $place) (local.get $third))))
                        (i16x8.abs (i16x8.sub (local.get $circle) (local.get $far))))
                      (local.get $chroma))
                    (v128.const i16x8 0 0 0 0 0 0 0 0)))
                (v128.const i16x8 8 8 8 8 8 8 8 8))
              (i32.const 4)))))
      (local.set $bb
        (i8x16.narrow_i16x8_u
          (i16x8.sub
            (local.get $high)
            (i16x8.shr_u
              (i16x8.add
                (i16x8.min_s
                  (local.get $chroma)
                  (i16x8.max_s
                    (i16x8.sub
                      (i16x8.min_s
                        (local.tee $far (i16x8.abs (i16x8.add (local.get $place) (local.get $third))))
                        (i16x8.abs (i16x8.sub (local.get $circle) (local.get $far))))
                      (local.get $chroma))
                    (v128.const i16x8 0 0 0 0 0 0 0 0)))
                (v128.const i16x8 8 8 8 8 8 8 8 8))
              (i32.const 4)))
          (i16x8.sub
            (local.get $high)
            (i16x8.shr_u
              (i16x8.add
                (i16x8.min_s
                  (local.get $chroma)
                  (i16x8.max_s
                    (i16x8.sub
                      (i16x8.min_s
                        (local.tee $far (i16x8.abs (i16x8.add (local.get $place) (local.get $third))))
                        (i16x8.abs (i16x8.sub (local.get $circle) (local.get $far))))
                      (local.get $chroma))
                    (v128.const i16x8 0 0 0 0 0 0 0 0)))
                (v128.const i16x8 8 8 8 8 8 8 8 8))
              (i32.const 4)))))
      (v128.store
        (local.get $at)
        (i8x16.shuffle 0 8 16 1 9 17 2 10 18 3 11 19 4 12 20 5 (local.get $rg) (local.get $bb)))
      (v128.store64_lane 0
        (i32.add (local.get $at) (i32.const 16))
        (i8x16.shuffle 13 21 6 14 22 7 15 23 0 0 0 0 0 0 0 0 (local.get $rg) (local.get $bb)))
      (local.set $at (i32.add (local.get $at) (i32.const 24)))
      (br_if $eights (i32.lt_u (local.get $at) (local.get $end)))))

  ;; The smallest and largest byte at each index modulo 48, stored at $target as 48 and 48 bytes.
  ;; From $at to $end there are whole groups of 48, at least one.
  (func (export "extremes") (param $at i32) (param $end i32) (param $target i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $e v128) (local $f v128)
    (local.set $a (v128.load (local.get $at)))
    (local.set $b (v128.load offset=16 (local.get $at)))
    (local.set $c (v128.load offset=32 (local.get $at)))
    (local.set $d (local.get $a))
    (local.set $e (local.get $b))
    (local.set $f (local.get $c))
    (loop $groups
      (local.set $a (i8x16.min_u (local.get $a) (v128.load (local.get $at))))
      (local.set $b (i8x16.min_u (local.get $b) (v128.load offset=16 (local.get $at))))
      (local.set $c (i8x16.min_u (local.get $c) (v128.load offset=32 (local.get $at))))
      (local.set $d (i8x16.max_u (local.get $d) (v128.load (local.get $at))))
      (local.set $e (i8x16.max_u (local.get $e) (v128.load offset=16 (local.get $at))))
      (local.set $f (i8x16.max_u (local.get $f) (v128.load offset=32 (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 48)))
      (br_if $groups (i32.lt_u (local.get $at) (local.get $end))))
    (v128.store (local.get $target) (local.get $a))
    (v128.store offset=16 (local.get $target) (local.get $b))
    (v128.store offset=32 (local.get $target) (local.get $c))
    (v128.store offset=48 (local.get $target) (local.get $d))
    (v128.store offset=64 (local.get $target) (local.get $e))
    (v128.store offset=80 (local.get $target) (local.get $f)))

  ;; Replaces bytes by those of three tables in turn.
  (func (export "lookUp") (param $at i32) (param $end i32) (param $first i32) (param $second i32) (param $third i32)
    (loop $groups
      (i32.store8 (local.get $at) (i32.load8_u (i32.add (local.get $first) (i32.load8_u (local.get $at)))))
      (i32.store8 offset=1 (local.get $at)
        (i32.load8_u (i32.add (local.get $second) (i32.load8_u offset=1 (local.get $at)))))
      (i32.store8 offset=2 (local.get $at)
        (i32.load8_u (i32.add (local.get $third) (i32.load8_u offset=2 (local.get $at)))))
      (i32.store8 offset=3 (local.get $at)
        (i32.load8_u (i32.add (local.get $first) (i32.load8_u offset=3 (local.get $at)))))
      (i32.store8 offset=4 (local.get $at)
        (i32.load8_u (i32.add (local.get $second) (i32.load8_u offset=4 (local.get $at)))))
      (i32.store8 offset=5 (local.get $at)
        (i32.load8_u (i32.add (local.get $third) (i32.load8_u offset=5 (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 6)))
      (br_if $groups (i32.lt_u (local.get $at) (local.get $end)))))

  ;; Counts levels into tables of 256 words, one per channel, 1024 bytes apart.
  (func (export "count") (param $at i32) (param $end i32) (param $tables i32)
    (local $to i32)
    (loop $pixels
      (local.set $to
        (i32.add (local.get $tables) (i32.shl (i32.load8_u (local.get $at)) (i32.const 2))))
      (i32.store (local.get $to) (i32.add (i32.load (local.get $to)) (i32.const 1)))
      (local.set $to
        (i32.add (local.get $tables) (i32.shl (i32.load8_u offset=1 (local.get $at)) (i32.const 2))))
      (i32.store offset=1024 (local.get $to) (i32.add (i32.load offset=1024 (local.get $to)) (i32.const 1)))
      (local.set $to
        (i32.add (local.get $tables) (i32.shl (i32.load8_u offset=2 (local.get $at)) (i32.const 2))))
      (i32.store offset=2048 (local.get $to) (i32.add (i32.load offset=2048 (local.get $to)) (i32.const 1)))
      (local.set $at (i32.add (local.get $at) (i32.const 3)))
      (br_if $pixels (i32.lt_u (local.get $at) (local.get $end)))))

  ;; Flips rows, from the last to the first: each writes up to 16 bytes before its beginning.
  (func (export "mirror") (param $source i32) (param $target i32) (param $rowBytes i32) (param $rows i32)
    (local $from i32) (local $end i32) (local $to i32)
    (loop $rowLoop
      (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
      (local.set $from (i32.add (local.get $source) (i32.mul (local.get $rows) (local.get $rowBytes))))
      (local.set $end (i32.add (local.get $from) (local.get $rowBytes)))
      (local.set $to
        (i32.sub
          (i32.add (local.get $target)
            (i32.mul (i32.add (local.get $rows) (i32.const 1)) (local.get $rowBytes)))
          (i32.const 16)))
      (loop $fives
        (v128.store (local.get $to)
          (i8x16.swizzle (v128.load (local.get $from))
            (v128.const i8x16 15 12 13 14 9 10 11 6 7 8 3 4 5 0 1 2)))
        (local.set $to (i32.sub (local.get $to) (i32.const 15)))
        (local.set $from (i32.add (local.get $from) (i32.const 15)))
        (br_if $fives (i32.lt_u (local.get $from) (local.get $end))))
      (br_if $rowLoop (local.get $rows))))

  ;; All rows but the first and the last; the outermost pixels of each row are wrong. $sums is room for a row of 16-bit
  ;; numbers.
  (func (export "sharpen")
    (param $source i32) (param $target i32) (param $rowBytes i32) (param $rows i32) (param $sums i32)
    (param $whole i32) (param $part i32)
    (local $row i32) (local $at i32) (local $to i32) (local $i i32) (local $a v128) (local $b v128) (local $c v128)
    (local $difference v128) (local $w v128) (local $p v128)
    (local.set $w (i16x8.splat (local.get $whole)))
    (local.set $p (i16x8.splat (local.get $part)))
    (local.set $rows (i32.sub (local.get $rows) (i32.const 2)))
    (loop $rowLoop
      (local.set $i (i32.const 0))
      (local.set $to (local.get $sums))
      (loop $add
        (local.set $at (i32.add (local.get $source) (local.get $i)))
        (local.set $a (v128.load (local.get $at)))
        (local.set $at (i32.add (local.get $at) (local.get $rowBytes)))
        (local.set $b (v128.load (local.get $at)))
        (local.set $c (v128.load (i32.add (local.get $at) (local.get $rowBytes))))
        (v128.store (local.get $to)
          (i16x8.add (i16x8.extend_low_i8x16_u (local.get $a))
            (i16x8.add (i16x8.extend_low_i8x16_u (local.get $b)) (i16x8.extend_low_i8x16_u (local.get $c)))))
        (v128.store offset=16 (local.get $to)
          (i16x8.add (i16x8.extend_high_i8x16_u (local.get $a))
            (i16x8.add (i16x8.extend_high_i8x16_u (local.get $b)) (i16x8.extend_high_i8x16_u (local.get $c)))))
        (local.set $to (i32.add (local.get $to) (i32.const 32)))
        (local.set $i (i32.add (local.get $i) (i32.const 16)))
        (br_if $add (i32.lt_u (local.get $i) (local.get $rowBytes))))
      (local.set $source (i32.add (local.get $source) (local.get $rowBytes)))
      (local.set $target (i32.add (local.get $target) (local.get $rowBytes)))
      (local.set $i (i32.const 3))
      (loop $eights
        (local.set $at (i32.add (local.get $sums) (i32.shl (local.get $i) (i32.const 1))))
        (local.set $b (v128.load64_zero (i32.add (local.get $source) (local.get $i))))
        (local.set $b (i16x8.extend_low_i8x16_u (local.get $b)))
        (local.set $a
          (i16x8.add
            (i16x8.add (v128.load (i32.sub (local.get $at) (i32.const 6))) (v128.load (local.get $at)))
            (i16x8.add (v128.load offset=6 (local.get $at)) (i16x8.shl (local.get $b) (i32.const 2)))))
        ;; A thirteenth, rounded.
        (local.set $a
          (i16x8.add (i16x8.shl (local.get $a) (i32.const 1)) (v128.const i16x8 13 13 13 13 13 13 13 13)))
        (local.set $c
          (v128.const i16x8 40330 40330 40330 40330 40330 40330 40330 40330))
        (local.set $a
          (i16x8.narrow_i32x4_s
            (i32x4.shr_u (i32x4.extmul_low_i16x8_u (local.get $a) (local.get $c)) (i32.const 20))
            (i32x4.shr_u (i32x4.extmul_high_i16x8_u (local.get $a) (local.get $c)) (i32.const 20))))
        (local.set $a
          (i16x8.add
            (i16x8.add
              (local.get $a)
              (i16x8.mul (local.get $w) (local.tee $difference (i16x8.sub (local.get $b) (local.get $a)))))
            (i16x8.narrow_i32x4_s
              (i32x4.shr_s (i32x4.extmul_low_i16x8_s (local.get $p) (local.get $difference)) (i32.const 16))
              (i32x4.shr_s (i32x4.extmul_high_i16x8_s (local.get $p) (local.get $difference)) (i32.const 16)))))
        (v128.store64_lane 0 (i32.add (local.get $target) (local.get $i))
          (i8x16.narrow_i16x8_u (local.get $a) (local.get $a)))
        (local.set $i (i32.add (local.get $i) (i32.const 8)))
        (br_if $eights (i32.lt_u (local.get $i) (local.get $rowBytes))))
      (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
      (br_if $rowLoop (local.get $rows))))

  ;; Pixels $i to $end of a row whose sources lie at (x0, y0) + i (dx, dy), in 1/2048 pixel from corners, all of them with
  ;; four pixels around. Adding 1.5 * 2^52 to a whole double leaves it as an integer in the low half; minus 1024, half a pixel.
  (func (export "bilinear")
    (param $source i32) (param $rowBytes i32) (param $target i32) (param $i i32) (param $end i32)
    (param $x0 f64) (param $y0 f64) (param $dx f64) (param $dy f64)
    (local $start v128) (local $step v128) (local $place v128) (local $far v128) (local $across v128) (local $at i32)
    (local $upper v128) (local $lower v128)
    (local.set $start (f64x2.replace_lane 1 (f64x2.splat (local.get $x0)) (local.get $y0)))
    (local.set $step (f64x2.replace_lane 1 (f64x2.splat (local.get $dx)) (local.get $dy)))
    (loop $pixels
      (local.set $place
        (f64x2.add (v128.const f64x2 6755399441054720 6755399441054720)
          (f64x2.floor
            (f64x2.add (local.get $start)
              (f64x2.mul (local.get $step) (f64x2.splat (f64.convert_i32_u (local.get $i))))))))
      ;; Pairs of 16-bit weights in each half: 2048 - fraction, fraction.
      (local.set $far (v128.and (local.get $place) (v128.const i32x4 2047 0 2047 0)))
      (local.set $far
        (v128.or
          (i32x4.sub (v128.const i32x4 2048 0 2048 0) (local.get $far))
          (i32x4.shl (local.get $far) (i32.const 16))))
      (local.set $across (i8x16.shuffle 0 1 2 3 0 1 2 3 0 1 2 3 0 1 2 3 (local.get $far) (local.get $far)))
      (local.set $place (i32x4.shr_s (local.get $place) (i32.const 11)))
      (local.set $at
        (i32.add (local.get $source)
          (i32.add
            (i32.mul (i32x4.extract_lane 2 (local.get $place)) (local.get $rowBytes))
            (i32.mul (i32x4.extract_lane 0 (local.get $place)) (i32.const 3)))))
      (local.set $upper
        (i32x4.dot_i16x8_s (local.get $across)
          (i8x16.swizzle (v128.load64_zero (local.get $at))
            (v128.const i8x16 0 -1 3 -1 1 -1 4 -1 2 -1 5 -1 -1 -1 -1 -1))))
      (local.set $lower
        (i32x4.dot_i16x8_s (local.get $across)
          (i8x16.swizzle (v128.load64_zero (i32.add (local.get $at) (local.get $rowBytes)))
            (v128.const i8x16 0 -1 3 -1 1 -1 4 -1 2 -1 5 -1 -1 -1 -1 -1))))
      (local.set $upper
        (i32x4.shr_s
          (i32x4.add
            (i32x4.add
              (i32x4.shl (local.get $upper) (i32.const 11))
              (v128.const i32x4 2097152 2097152 2097152 2097152))
            (i32x4.mul (i32x4.sub (local.get $lower) (local.get $upper))
              (i32x4.shr_u
                (i8x16.shuffle 8 9 10 11 8 9 10 11 8 9 10 11 8 9 10 11 (local.get $far) (local.get $far))
                (i32.const 16))))
          (i32.const 22)))
      (local.set $upper (i16x8.narrow_i32x4_s (local.get $upper) (local.get $upper)))
      (v128.store32_lane 0 (local.get $target) (i8x16.narrow_i16x8_u (local.get $upper) (local.get $upper)))
      (local.set $target (i32.add (local.get $target) (i32.const 3)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $pixels (i32.lt_u (local.get $i) (local.get $end)))))

  ;; The same for the pixel that contains the source.
  (func (export "nearest")
    (param $source i32) (param $rowBytes i32) (param $target i32) (param $i i32) (param $end i32)
    (param $x0 f64) (param $y0 f64) (param $dx f64) (param $dy f64)
    (local $start v128) (local $step v128) (local $place v128)
    (local.set $start (f64x2.replace_lane 1 (f64x2.splat (local.get $x0)) (local.get $y0)))
    (local.set $step (f64x2.replace_lane 1 (f64x2.splat (local.get $dx)) (local.get $dy)))
    (loop $pixels
      (local.set $place
        (i32x4.shr_s
          (f64x2.add (v128.const f64x2 6755399441055744 6755399441055744)
            (f64x2.floor
              (f64x2.add (local.get $start)
                (f64x2.mul (local.get $step) (f64x2.splat (f64.convert_i32_u (local.get $i)))))))
          (i32.const 11)))
      (i32.store (local.get $target)
        (i32.load
          (i32.add (local.get $source)
            (i32.add
              (i32.mul (i32x4.extract_lane 2 (local.get $place)) (local.get $rowBytes))
              (i32.mul (i32x4.extract_lane 0 (local.get $place)) (i32.const 3))))))
      (local.set $target (i32.add (local.get $target) (i32.const 3)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $pixels (i32.lt_u (local.get $i) (local.get $end))))))
